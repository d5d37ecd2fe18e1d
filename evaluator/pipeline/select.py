"""Decides, for every settled trace and every rule, whether it is scored, and stores the decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from evaluator.core.ids import uniform
from evaluator.core.ports import Clock
from evaluator.core.rule import FIELDS
from evaluator.core.trace import Sample
from evaluator.store.repositories.plans import Selection
from evaluator.store.repositories.rules import StoredRule
from evaluator.store.store import Store, Unit
from evaluator.store.types import to_micros

Target = tuple[str, str]
Row = Mapping[str, Any]


def select_settled(store: Store, clock: Clock, limit: int = 200) -> int:
    """Plan up to `limit` settled traces; returns how many.

    A target keeps the decision that a series took first, also when its content changed; only the work is made anew,
    for the new content.
    """
    with store.read() as unit:
        if not unit.arrivals.unplanned(1):
            return 0
    with store.write() as unit:
        traces = unit.arrivals.unplanned(limit)
        by_project: dict[str, list[Row]] = defaultdict(list)
        for trace in traces:
            by_project[trace["project"]].append(trace)
        for project, rows in by_project.items():
            _plan(unit, project, rows, clock.now())
    return len(traces)


def _plan(unit: Unit, project: str, traces: Sequence[Row], now: datetime) -> None:
    rules = unit.of(project).rules.active()
    salt = unit.projects.salt(project)
    ids = [t["id"] for t in traces]
    samples: dict[str, list[tuple[date, Sample]]] = defaultdict(list)
    for trace_id, day, sample in unit.of(project).traces.current_samples(ids):
        samples[trace_id].append((day, sample))
    known = {(s.series, s.target_kind, s.target_id) for s in unit.of(project).plans.of_traces(ids)}
    fresh = [
        decide(project, rule, salt, trace, day, sample, now)
        for trace in traces
        for rule in rules
        if rule.rule.covers(facts_of(trace))
        for day, sample in samples[trace["id"]]
        if (rule.series, sample.target_kind, sample.target_id) not in known
    ]
    unit.of(project).plans.decide(fresh)
    _queue(unit, project, traces, samples, rules, now)
    for trace in traces:
        unit.of(project).traces.planned(trace["id"], trace["revision"])
    unit.of(project).rollups.mark_traces(ids, now)


def _queue(
    unit: Unit,
    project: str,
    traces: Sequence[Row],
    samples: Mapping[str, Sequence[tuple[date, Sample]]],
    rules: Sequence[StoredRule],
    now: datetime,
) -> None:
    """Queue what is drawn and has no outcome yet; forget what was queued for contents that are gone."""
    ids = [t["id"] for t in traces]
    for trace in traces:
        if trace["planned_hash"]:
            current = [sample.content_hash for _, sample in samples[trace["id"]]]
            unit.of(project).jobs.drop_stale(trace["id"], current)
            unit.of(project).outcomes.supersede(trace["id"], current)
    done = unit.of(project).outcomes.existing(ids)
    pinned = {r.series: r for r in rules}
    order = {r.series: i for i, r in enumerate(sorted(rules, key=lambda r: (r.created_at, r.rule.name)))}
    start = {t["id"]: t["start_at"] for t in traces}
    contents = {(s.target_kind, s.target_id): s.content_hash for group in samples.values() for _, s in group}
    rows = {}
    # Of two jobs on one trace the queue takes the one that came first: that of the older rule.
    for s in sorted(unit.of(project).plans.of_traces(ids), key=lambda s: order.get(s.series, len(order))):
        content = contents.get((s.target_kind, s.target_id))
        rule = pinned.get(s.series)
        if not s.drawn or rule is None or content is None:
            continue
        key = (s.target_kind, s.target_id, content, rule.rule.fingerprint)
        if key not in done:
            rows[key] = _job(s, rule, content, start[s.trace_id], now)
    unit.queue.add(list(rows.values()))


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
        "priority": to_micros(start),
        "available_at": now,
        "created_at": now,
    }


def decide(
    project: str, rule: StoredRule, salt: str, trace: Row, day: date, sample: Sample, now: datetime
) -> Selection:
    """The decision of `rule` on one target, by the permanent random number of its trace (law 5)."""
    stratum, rate = rule.rule.stratum(facts_of(trace))
    return Selection(
        project=project,
        day=day,
        series=rule.series,
        target_kind=sample.target_kind,
        target_id=sample.target_id,
        trace_id=trace["id"],
        rule_version=rule.version,
        stratum=stratum,
        probability=rate,
        drawn=uniform(salt + rule.rule.salt, project, trace["id"]) < rate,
        decided_at=now,
        at=trace["start_at"],
    )


def facts_of(trace: Row) -> dict[str, Any]:
    """What rules may ask of a trace: its fields, and its metadata as ``metadata.KEY``."""
    facts = {name: trace[name] for name in FIELDS}
    return facts | {f"metadata.{k}": v for k, v in (trace["facts"] or {}).items()}
