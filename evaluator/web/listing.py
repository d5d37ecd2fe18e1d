"""The trace list: what is asked for, read leniently from the address, and what is shown of each trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import quote, urlencode

from evaluator.core.criterion import Criterion
from evaluator.core.trace import Fact, Status
from evaluator.core.zones import utc, zone_name, zone_of
from evaluator.ingest.clean import clean_text
from evaluator.pipeline.operations.yields import LOOKED_AT
from evaluator.pipeline.traces import stored_exact
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.traces.lists import EXACT, MAX_TEXT, TraceFilter
from evaluator.store.store import Unit

PAGE = 50
DAY = len("2026-11-20")
MAX_PAGE = 2000
CHOICES = ("model", "prompt_version", "environment")
"""Filters that are chosen from the values that there are, as the status is from all; the others are typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """What the address asks for. `since` and `until` are whole days of `zone`, both included, or moments (UTC), of
    which the second is not."""

    rule: str = ""
    label: str = ""
    missing: Fact | None = None
    text: str = ""
    sort: str = "newest"
    exact: Mapping[str, str] = field(default_factory=dict)
    since: date | datetime | None = None
    until: date | datetime | None = None
    zone: tzinfo = UTC
    page: int = 1

    def parameters(self) -> dict[str, str]:
        """The query string's parameters, without those that say nothing."""
        days = {"from": self.since, "to": self.until}
        return (
            {k: v for k, v in (("q", self.text), ("rule", self.rule), ("label", self.label)) if v}
            | ({"missing": self.missing.value} if self.missing else {})
            | dict(self.exact)
            | {name: day.isoformat() for name, day in days.items() if day}
            | ({"tz": self.tz} if self.zone is not UTC else {})
            | ({"sort": self.sort} if self.sort != "newest" else {})
            | ({"page": str(self.page)} if self.page > 1 else {})
        )

    def href(self, **changes: Any) -> str:
        """The address of this list with `changes`."""
        found = replace(self, **changes).parameters()
        return "/traces" + ("?" + urlencode(found) if found else "")

    @property
    def tz(self) -> str:
        """The name of the zone whose days are meant."""
        return zone_name(self.zone)

    @property
    def narrowed(self) -> bool:
        return bool(self.exact or self.text or self.label or self.missing or self.since or self.until)

    @property
    def more(self) -> bool:
        """Whether a filter is set that the page folds away."""
        asked = set(self.exact) - {"model", "prompt_version"}
        return bool(asked or self.missing or self.since or self.until or self.zone is not UTC)


def read_query(params: Mapping[str, str]) -> ListQuery:
    """The query of an address; what cannot be read counts as not asked for.

    Raises:
        InvalidInput: a time zone that there is not.
    """
    params = {clean_text(name): clean_text(value) for name, value in params.items()}
    zone = zone_of(params.get("tz") or None)
    page = params.get("page", "1")
    return ListQuery(
        rule=params.get("rule", ""),
        label=params.get("label", ""),
        missing=next((fact for fact in Fact if fact == params.get("missing")), None),
        text=params.get("q", "").strip()[:MAX_TEXT],
        sort="worst" if params.get("sort") == "worst" else "newest",
        exact={name: params[name] for name in EXACT if params.get(name)},
        since=_edge(params.get("from", ""), zone),
        until=_edge(params.get("to", ""), zone),
        zone=zone,
        page=min(MAX_PAGE, max(1, int(page))) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
    )


def _edge(text: str, zone: tzinfo) -> date | datetime | None:
    """A day, or a moment in UTC."""
    try:
        found = date.fromisoformat(text) if len(text) == DAY else utc(datetime.fromisoformat(text), zone)
    except ValueError:
        return None
    return found if 1970 <= found.year < 9000 else None


@dataclass(frozen=True, slots=True)
class Row:
    """One trace of the list. `tone` is good, bad, or neither ("")."""

    trace: dict[str, Any]
    href: str
    tone: str


@dataclass(frozen=True, slots=True)
class TraceList:
    """A page of traces, and what its filters offer."""

    query: ListQuery
    rules: list[str]
    rule: StoredRule | None
    labels: list[str]
    choices: dict[str, list[str]]
    rows: list[Row]
    following: bool
    problem: str
    """Why there are no rows, where the question could not be answered."""


def read_list(unit: Unit, project: str, query: ListQuery, problem: str = "") -> TraceList:
    """The traces asked for, none where there is a `problem`. Without a rule that exists, badges are those of the
    first active one."""
    versions = unit.of(project).rules.versions()
    versions.sort(key=lambda r: (r.retired_at is not None, r.rule.name))
    rule = next((r for r in versions if r.rule.name == query.rule), versions[0] if versions else None)
    found = [] if problem else unit.of(project).views.traces(_filter(unit, project, query, rule))
    criterion = rule.criterion if rule else None
    choices = {name: unit.of(project).views.values(name) for name in CHOICES} | {"status": sorted(Status)}
    choices["sender"] = sorted({one.sender for one in unit.of(project).gaps.newest(LOOKED_AT) if one.sender})
    return TraceList(
        query=query,
        rules=list(dict.fromkeys(r.rule.name for r in versions)),
        rule=rule,
        labels=list(rule.spec.labels) if rule else [],
        choices={name: values for name, values in choices.items() if values},
        rows=[Row(t, trace_href(t["id"]), tone(criterion, t["badness"], t["label"])) for t in found[:PAGE]],
        following=len(found) > PAGE,
        problem=problem,
    )


def _filter(unit: Unit, project: str, query: ListQuery, rule: StoredRule | None) -> TraceFilter:
    return TraceFilter(
        exact=stored_exact(unit, project, query.exact),
        text=query.text,
        start=_moment(query.since, query.zone),
        end=_moment(query.until, query.zone, days=1),
        fingerprint=rule.rule.fingerprint if rule else None,
        label=query.label or None,
        missing=query.missing,
        worst=query.sort == "worst",
        limit=PAGE + 1,
        offset=(query.page - 1) * PAGE,
    )


def _moment(edge: date | datetime | None, zone: tzinfo, days: int = 0) -> datetime | None:
    """When `edge` is; of a day, when it begins, or when the one that comes so many `days` later does."""
    if edge is None or isinstance(edge, datetime):
        return edge
    return utc(datetime.combine(edge + timedelta(days=days), time()), zone)


def trace_href(trace_id: str) -> str:
    return "/traces/" + quote(trace_id, safe="")


def tone(criterion: Criterion | None, badness: float | None, label: str | None) -> str:
    """Whether a score is bad by `criterion`; "" where it is a matter of degree, or not scored."""
    if criterion is None or badness is None:
        return ""
    if criterion.bad_labels:
        return "bad" if label in criterion.bad_labels else "good"
    if criterion.threshold is None:
        return ""
    return "bad" if badness >= criterion.threshold else "good"
