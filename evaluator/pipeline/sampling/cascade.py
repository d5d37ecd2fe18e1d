"""Second steps of cascades: what the cheap evaluator is done with goes on to the costly one, or is passed over.

Saving an outcome, and drawing what has one already, notes the target; the step here takes what was noted, and the
decision of the rule's own series on it, once and for good, with a probability that is stored. So it does not matter
who is killed where: what was noted stays until it is decided on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from evaluator.core.ids import uniform
from evaluator.core.ports import Clock
from evaluator.core.quarantine import Kind, Step
from evaluator.core.retry import RETRY, RetryPolicy
from evaluator.core.rule import Thinning
from evaluator.core.times import floor_minute
from evaluator.core.turns import Turns
from evaluator.pipeline.isolation import Isolation, apart
from evaluator.pipeline.sampling.adaptive import demand_of, thinning_now
from evaluator.pipeline.sampling.decide import batch_of, due_jobs
from evaluator.pipeline.sampling.learned import Learned, scope_of_cascade
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.due import Due
from evaluator.store.repositories.sampling.cascades import Reached
from evaluator.store.repositories.sampling.selections import Selection
from evaluator.store.repositories.work.jobs import BACKFILL
from evaluator.store.store import ProjectUnit, Store, Unit

RETROSPECT = timedelta(hours=1)
"""What a first step draws so long after a trace settled, it draws in retrospect."""


def decide_cascades(
    store: Store, clock: Clock, limit: int = 200, turns: Turns | None = None, retry: RetryPolicy = RETRY
) -> int:
    """Decide on `limit` targets that cascades wait for, of each project its share; returns how many."""
    isolation = Isolation(store, clock, Step.CASCADE, turns or Turns(), retry)
    return isolation.each(lambda unit: unit.due_decisions.projects(), partial(_project, isolation), limit)


def note_drawn(mine: ProjectUnit, rules: Iterable[StoredRule], decided: Sequence[Selection]) -> None:
    """Note what first steps have drawn: its outcome may be there already, and nobody would save it again."""
    firsts = {rule.series: rule.rule.fingerprint for rule in rules if rule.rule.first_of}
    names = ("target_kind", "target_id", "day", "trace_id")
    mine.cascades.note([
        {"fingerprint": firsts[s.series]} | {name: getattr(s, name) for name in names}
        for s in decided if s.drawn and s.series in firsts
    ])  # fmt: skip


def _project(isolation: Isolation, project: str, limit: int) -> int:
    with isolation.store.read() as unit:
        due = unit.of(project).cascades.due(limit)

    def guilty(one: Due, error: Exception) -> None:
        def move(unit: Unit) -> bool:
            unit.of(project).cascades.drop_due([one])
            return True

        isolation.set_aside(project, Kind.TRACE, one.trace_id, error, move)

    return apart(due, partial(_decide, isolation, project), guilty) if due else 0


def _decide(isolation: Isolation, project: str, due: Sequence[Due]) -> int:
    with isolation.store.write() as unit:
        mine, now = unit.of(project), isolation.clock.now()
        rules = {rule.rule.name: rule for rule in mine.rules.active()}
        noted: dict[str, list[Due]] = defaultdict(list)
        for one in mine.cascades.take(due):
            noted[one.fingerprint].append(one)
        for first in sorted((r for r in rules.values() if r.rule.first_of), key=lambda r: r.series):
            rule, some = rules.get(first.rule.first_of), noted[first.rule.fingerprint]
            if rule is not None and rule.rule.cascade is not None and some:
                _decide_by(
                    unit, project, rule, mine.cascades.reached(first.series, first.rule.fingerprint, some), now
                )
        mine.quarantine.clear(isolation.step, Kind.TRACE, sorted({one.trace_id for one in due}))
    return len(due)


def _decide_by(unit: Unit, project: str, rule: StoredRule, reached: Sequence[Reached], now: datetime) -> None:
    """The decisions of a rule on those of `reached` that its series has not decided on, and the jobs of the drawn."""
    mine = unit.of(project)
    keys = {(project, u.day, u.target_kind, u.target_id, u.content_hash): u for u in reached}
    # What was deleted meanwhile is left out, and what is there stays until this transaction ends.
    there = mine.traces.current(list(keys))
    units = [found for key, found in keys.items() if there.get(key)]
    if not units:
        return
    traces = mine.traces.rows(sorted({u.trace_id for u in units}))
    batch = batch_of(unit, project, traces)
    stood = [s for s in mine.plans.of_traces(batch.ids, batch.days) if s.series == rule.series]
    known = {(s.target_kind, s.target_id) for s in stood}
    thinning = thinning_now(mine, [rule])
    scope, salt = scope_of_cascade(rule), unit.projects.salt(project)
    learned = Learned.of(rule, mine.factors.current([scope]).get(scope))
    draw = partial(_selection, project, rule, learned, thinning[rule.series], salt, now)
    fresh = [draw(u) for u in units if (u.target_kind, u.target_id) not in known]
    mine.plans.decide(fresh, planned_at=now)
    late = _late(units, {trace["id"]: trace for trace in traces})
    unit.queue.add([
        job | ({"priority": job["priority"] + BACKFILL} if job["trace_id"] in late else {})
        for job in due_jobs(unit, batch, [rule], [*stood, *fresh], now)
    ])  # fmt: skip
    live = [s for s in fresh if s.trace_id not in late]
    mine.factors.meet(floor_minute(now), demand_of(live, [rule], thinning))


def _selection(
    project: str, rule: StoredRule, learned: Learned, thinning: Thinning, salt: str, now: datetime, unit: Reached
) -> Selection:
    """By a permanent random number of its own (law 5): what the first step draws says nothing of it."""
    stratum, chance = learned.part(unit.stratum, unit.badness)
    probability = chance * (thinning.protected if rule.rule.protects(stratum) else thinning.rest)
    drawn = uniform(salt + rule.rule.salt, "cascade", project, unit.trace_id) < probability
    return Selection(
        project=project, day=unit.day, series=rule.series, target_kind=unit.target_kind, target_id=unit.target_id,
        trace_id=unit.trace_id, rule_version=rule.version, stratum=stratum, probability=probability, drawn=drawn,
        decided_at=now, at=unit.at, reached=unit.probability,
    )  # fmt: skip


def _late(units: Sequence[Reached], traces: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Traces that the first step drew in retrospect, by a backfill: their jobs wait behind all others."""
    settled = {id: trace["settled_at"] for id, trace in traces.items()}
    return {u.trace_id for u in units if (at := settled[u.trace_id]) is not None and u.decided_at - at > RETROSPECT}
