"""How far the house has come: what is waiting at which stage."""

from __future__ import annotations

from dataclasses import dataclass

from evaluator.core.outcome import SKIPS, Reason
from evaluator.store.store import Unit


@dataclass(frozen=True, slots=True)
class RuleStatus:
    """One active rule: outcomes so far, and jobs on their way."""

    rule: str
    evaluator: str
    fingerprint: str
    scored: int
    failed: int
    skipped: int
    waiting: int
    running: int
    dead: int


@dataclass(frozen=True, slots=True)
class Status:
    """Traces by stage (`open`: parts may still come; `settled`: not planned yet) and every active rule."""

    open: int
    settled: int
    planned: int
    buckets_waiting: int
    rules: list[RuleStatus]

    @property
    def waiting(self) -> int:
        """Everything that has still to be done before the numbers are final."""
        return self.open + self.settled + sum(r.waiting + r.running for r in self.rules)


def read_status(unit: Unit, project: str) -> Status:
    traces = unit.of(project).traces.counts()
    jobs = unit.of(project).jobs.counts()
    outcomes = unit.of(project).outcomes.counts()
    rules = []
    for rule in sorted(unit.of(project).rules.active(), key=lambda r: r.rule.name):
        pinned = rule.rule.fingerprint
        by_reason = {reason: n for (f, reason), n in outcomes.items() if f == pinned}
        skipped = sum(n for reason, n in by_reason.items() if reason and Reason(reason) in SKIPS)
        scored = by_reason.get(None, 0)
        rules.append(
            RuleStatus(
                rule=rule.rule.name,
                evaluator=rule.spec.name,
                fingerprint=pinned,
                scored=scored,
                failed=sum(by_reason.values()) - scored - skipped,
                skipped=skipped,
                waiting=jobs.get((pinned, "ready"), 0),
                running=jobs.get((pinned, "leased"), 0),
                dead=jobs.get((pinned, "dead"), 0),
            )
        )
    return Status(
        open=traces.get("open", 0),
        settled=traces.get("settled", 0),
        planned=traces.get("planned", 0),
        buckets_waiting=unit.of(project).rollups.dirty_count(),
        rules=rules,
    )
