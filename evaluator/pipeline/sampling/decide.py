"""Decides, for settled traces and rules, what is scored; stores nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import Any

from evaluator.core.ids import uniform
from evaluator.core.rule import FIELDS, Thinning
from evaluator.core.times import AHEAD
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.sampling.selections import Selection
from evaluator.store.repositories.traces.traces import CurrentTarget
from evaluator.store.store import Unit
from evaluator.store.types import to_micros

Target = tuple[str, str]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some traces of a project with their current targets, by trace id."""

    project: str
    traces: Sequence[Row]
    targets: Mapping[str, Sequence[CurrentTarget]]

    @property
    def ids(self) -> list[str]:
        return [t["id"] for t in self.traces]

    @property
    def days(self) -> set[date]:
        """On which they were first seen."""
        return {t["day"] for t in self.traces}

    def first(self, most: int) -> Batch:
        """The first traces, of which together there are no more than `most` targets; one at least."""
        ends = list(accumulate(len(self.targets[trace["id"]]) for trace in self.traces))
        traces = self.traces[: max(1, bisect_right(ends, most))]
        return Batch(self.project, traces, {t["id"]: self.targets[t["id"]] for t in traces})


def batch_of(unit: Unit, project: str, traces: Sequence[Row]) -> Batch:
    """`traces` with what they hold now."""
    targets: dict[str, list[CurrentTarget]] = {t["id"]: [] for t in traces}
    for target in unit.of(project).traces.current_targets(list(targets), {t["day"] for t in traces}):
        targets[target.trace_id].append(target)
    return Batch(project, traces, targets)


def undecided(
    unit: Unit,
    batch: Batch,
    rules: Sequence[StoredRule],
    now: datetime,
    thinning: Mapping[str, Thinning] | None = None,
    blame: Callable[[StoredRule, Exception], None] | None = None,
) -> list[Selection]:
    """The decisions of `rules` on the targets that have none of their series yet; nothing is stored.

    `thinning` says, by series, what rates are multiplied by; those that it does not name are full. A rule that raises
    on every trace, of two at least, is handed to `blame`, and the others decide; what else raises is a trace's.
    """
    project = batch.project
    salt = unit.projects.salt(project)
    known = {(s.series, s.target_kind, s.target_id) for s in unit.of(project).plans.of_traces(batch.ids, batch.days)}
    facts = {trace["id"]: facts_of(trace) for trace in batch.traces}
    found: list[Selection] = []
    for rule in rules:
        if rule.rule.cascade is not None:  # decides when its first step is done (`sampling.cascade`)
            continue
        full = (thinning or {}).get(rule.series, Thinning())
        asked, errors = 0, list[Exception]()
        for trace in batch.traces:
            targets = [
                t for t in batch.targets[trace["id"]] if (rule.series, t.target_kind, t.target_id) not in known
            ]
            asked += bool(targets)
            try:
                if targets and rule.rule.covers(facts[trace["id"]]):
                    found += _decide(project, rule, salt, trace, facts[trace["id"]], targets, now, full)
            except Exception as error:  # noqa: BLE001 - the rule's, or the trace's: the others tell
                errors.append(error)
        if errors and blame is not None and len(errors) == asked > 1:
            blame(rule, errors[0])
        elif errors:
            raise errors[0]
    return found


def due_jobs(
    unit: Unit, batch: Batch, rules: Sequence[StoredRule], decided: Sequence[Selection], now: datetime
) -> list[dict[str, Any]]:
    """The jobs for what stands `decided` as drawn by `rules` and has no outcome yet."""
    done = unit.of(batch.project).outcomes.existing(batch.ids, batch.days)
    pinned = {r.series: r for r in rules}
    order = {r.series: i for i, r in enumerate(sorted(rules, key=lambda r: (r.created_at, r.rule.name)))}
    # What the sender says of time puts nobody before others: nothing starts after it was first seen.
    start = {t["id"]: min(t["start_at"], t["first_seen_at"], now) for t in batch.traces}
    contents = {(t.target_kind, t.target_id): t.content_hash for group in batch.targets.values() for t in group}
    rows = {}
    # Of two jobs on one trace the queue takes the one that came first: that of the older rule.
    for s in sorted(decided, key=lambda s: order.get(s.series, len(order))):
        content = contents.get((s.target_kind, s.target_id))
        rule = pinned.get(s.series)
        if not s.drawn or rule is None or content is None:
            continue
        key = (s.target_kind, s.target_id, content, rule.rule.fingerprint)
        if key not in done:
            rows[key] = _job(s, rule, content, start[s.trace_id], now)
    return list(rows.values())


def _job(s: Selection, rule: StoredRule, content: str, start: datetime, now: datetime) -> dict[str, Any]:
    return {
        "project": s.project,
        "day": s.day,
        "target_kind": s.target_kind,
        "target_id": s.target_id,
        "content_hash": content,
        "fingerprint": rule.rule.fingerprint,
        "trace_id": s.trace_id,
        "queue": rule.spec.resource.value,
        "budget": rule.rule.name if rule.rule.budget else "",
        "priority": to_micros(start),
        "available_at": now,
        "created_at": now,
    }


def _decide(
    project: str,
    rule: StoredRule,
    salt: str,
    trace: Row,
    facts: Mapping[str, Any],
    targets: Sequence[CurrentTarget],
    now: datetime,
    thinning: Thinning,
) -> list[Selection]:
    """The decisions of `rule` on targets of a trace, by the permanent random number of the trace (law 5)."""
    stratum, probability = rule.rule.thinned(facts, thinning)
    drawn = uniform(salt + rule.rule.salt, project, trace["id"]) < probability
    at = min(trace["start_at"], trace["first_seen_at"] + AHEAD)
    return [
        Selection(
            project=project,
            day=target.day,
            series=rule.series,
            target_kind=target.target_kind,
            target_id=target.target_id,
            trace_id=trace["id"],
            rule_version=rule.version,
            stratum=stratum,
            probability=probability,
            drawn=drawn,
            decided_at=now,
            at=at,
        )
        for target in targets
    ]


def facts_of(trace: Row) -> dict[str, Any]:
    """What rules may ask of a trace: its fields, and its metadata as ``metadata.KEY``."""
    facts = {name: trace[name] for name in FIELDS}
    return facts | {f"metadata.{k}": v for k, v in (trace["facts"] or {}).items()}
