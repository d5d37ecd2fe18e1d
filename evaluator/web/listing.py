"""The trace list: what is asked for, read from the address, and what is shown of each trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import quote, urlencode

from evaluator.core.criterion import Criterion
from evaluator.core.errors import InvalidInput, TooLong
from evaluator.core.trace import Fact, Status
from evaluator.core.unknown import unknown
from evaluator.core.zones import utc, zone_name, zone_of
from evaluator.ingest.clean import clean_text
from evaluator.pipeline.operations.yields import LOOKED_AT
from evaluator.pipeline.traces import find_traces, rule_of, shown_rules
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.traces.lists import EXACT, MAX_TEXT, TraceFilter
from evaluator.store.store import Unit

PAGE = 50
DAY = len("2026-11-20")
MAX_PAGE = 2000
CHOICES = ("model", "prompt_version", "environment")
"""Filters that are chosen from the values that there are, as the status is from all and the sender from those of the
newest traces; the others are typed."""
NAMED = ("tag", "annotation")
"""Filters that are typed, beside the exact ones."""
TYPED = (*(name for name in EXACT if name not in (*CHOICES, "status", "sender")), *NAMED)
SORTS = ("newest", "worst")
PARAMETERS = ("q", "rule", "label", "sort", "from", "to", "tz", "page", "missing", *EXACT, *NAMED)
"""What the address of the list may ask for."""


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
    named: Mapping[str, str] = field(default_factory=dict)
    """Those of `NAMED` that are asked for."""
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
            | dict(self.named)
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
        said = (self.exact, self.named, self.text, self.label, self.missing, self.since, self.until)
        return any(said)

    @property
    def more(self) -> bool:
        """Whether a filter is set that the page folds away."""
        asked = set(self.exact) - {"model", "prompt_version"}
        folded = (asked, self.named, self.missing, self.since, self.until)
        return any(folded) or self.zone is not UTC


def read_query(params: Mapping[str, str], pass_over: Callable[[InvalidInput], None]) -> ListQuery:
    """The query of an address; what cannot be read counts as not asked for, and is told to `pass_over`."""
    params = {clean_text(name): clean_text(value) for name, value in params.items()}
    zone = _zone(params.get("tz") or None, pass_over)
    missing = _choice("missing", params, [*Fact], "what a trace may lack", pass_over)
    page = params.get("page") or "1"
    counted = page.isascii() and page.isdigit() and len(page) < 9
    if not counted:
        pass_over(InvalidInput("page", "is no number", "Use one from 1 on"))
    return ListQuery(
        rule=params.get("rule", ""),
        label=params.get("label", ""),
        missing=Fact(missing) if missing else None,
        text=params.get("q", "").strip()[:MAX_TEXT],
        sort=_choice("sort", params, SORTS, "an order", pass_over) or SORTS[0],
        exact={name: params[name] for name in EXACT if params.get(name)},
        named={name: params[name] for name in NAMED if params.get(name)},
        since=_edge("from", params, zone, pass_over),
        until=_edge("to", params, zone, pass_over),
        zone=zone,
        page=min(MAX_PAGE, max(1, int(page))) if counted else 1,
    )


def _choice(
    name: str, params: Mapping[str, str], known: Sequence[str], what: str, pass_over: Callable[[InvalidInput], None]
) -> str:
    """What is asked for as `name`, of the values that there are; else nothing."""
    given = params.get(name, "")
    if given and given not in known:
        pass_over(unknown(name, given, what, known, ""))
        return ""
    return given


def _zone(name: str | None, pass_over: Callable[[InvalidInput], None]) -> tzinfo:
    try:
        return zone_of(name)
    except InvalidInput as error:
        pass_over(error)
        return UTC


def _edge(
    name: str, params: Mapping[str, str], zone: tzinfo, pass_over: Callable[[InvalidInput], None]
) -> date | datetime | None:
    """A day, or a moment in UTC."""
    if not (text := params.get(name, "")):
        return None
    found: date | datetime | None
    try:
        found = date.fromisoformat(text) if len(text) == DAY else utc(datetime.fromisoformat(text), zone)
    except ValueError:
        found = None
    if found is None or not 1970 <= found.year < 9000:
        pass_over(InvalidInput(name, "is no day or time", "Write one like 2026-11-20 or 2026-11-20T08:00"))
        return None
    return found


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
    typed: dict[str, str]
    rows: list[Row]
    following: bool
    problem: str
    """Why there are no rows, where the question could not be answered."""


def read_list(unit: Unit, project: str, query: ListQuery, problem: str = "") -> TraceList:
    """The traces asked for, none where there is a `problem` or one is found. Without a rule that is asked for and
    exists, badges are those of the first active one."""
    rules = shown_rules(unit, project)
    rule, found = next((r for r in rules if r.rule.name == query.rule), rules[0] if rules else None), []
    try:
        if not problem:
            found = find_traces(unit, project, _filter(query), rule_of(rules, query.rule or None))
    except TooLong:
        raise
    except InvalidInput as error:
        problem = f"{error.field}: {error.problem}. {error.remedy}."
    criterion = rule.criterion if rule else None
    choices = {name: unit.of(project).views.values(name) for name in CHOICES} | {"status": sorted(Status)}
    choices["sender"] = sorted({one.sender for one in unit.of(project).gaps.newest(LOOKED_AT) if one.sender})
    return TraceList(
        query=query,
        rules=list(dict.fromkeys(r.rule.name for r in rules)),
        rule=rule,
        labels=list(rule.spec.labels) if rule else [],
        choices={name: values for name, values in choices.items() if values},
        typed={name: query.exact.get(name) or query.named.get(name, "") for name in TYPED},
        rows=[Row(t, trace_href(t["id"]), tone(criterion, t["badness"], t["label"])) for t in found[:PAGE]],
        following=len(found) > PAGE,
        problem=problem,
    )


def _filter(query: ListQuery) -> TraceFilter:
    return TraceFilter(
        exact=dict(query.exact),
        text=query.text,
        start=_moment(query.since, query.zone),
        end=_moment(query.until, query.zone, days=1),
        label=query.label or None,
        annotation=query.named.get("annotation"),
        tag=query.named.get("tag"),
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
