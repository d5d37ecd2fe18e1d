"""What must be true of the database when a run is over. Asked over a connection of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import psycopg

from bench.chaos.checks import KEY, PLANNED, UNPLANNED, count

WAITING = "SELECT * FROM score_job WHERE state <> 'dead'"
LOST = (
    f"SELECT count(*) FROM ({PLANNED}) p LEFT JOIN outcome o USING {KEY} LEFT JOIN ({WAITING}) j USING {KEY} "
    "WHERE o.trace_id IS NULL AND j.id IS NULL"
)
DOUBLED = f"SELECT count(*) FROM outcome o JOIN ({WAITING}) j USING {KEY}"
DEAD = "SELECT count(*) FROM score_job WHERE state = 'dead'"
BURIED_WRONG = (
    f"SELECT count(*) FROM score_job j LEFT JOIN outcome o USING {KEY} "
    "WHERE j.state = 'dead' AND (o.reason IS NULL OR j.error = '')"
)
UNSAID = "SELECT count(*) FROM outcome WHERE reason IS NOT NULL AND (reason = '' OR coalesce(message, '') = '')"
PASSED = "SELECT count(*) FROM selection WHERE NOT drawn"
SCORED = "SELECT count(*) FROM outcome WHERE reason IS NULL"
COMMITTED = "SELECT coalesce(sum(committed), 0) FROM budget_day"


@dataclass(frozen=True)
class Found:
    """Counts of one run. `waiting` jobs are neither done nor dead: for money, or for their next try."""

    planned: int
    passed: int
    """Targets that were decided on and not drawn, as there was less money, or more to do, than time."""
    scored: int
    failed: dict[str, int]
    """Outcomes that are failures, by reason."""
    waiting: int
    dead: int
    lost: int
    """Planned, and neither an outcome nor a job."""
    doubled: int
    """Outcomes whose job is still to be done, so that it would be done again."""
    unplanned: int
    unsaid: int
    """Failures without a reason or a message, and dead letters without a failure or an error."""
    committed: float
    """What the books hold to be spent (US dollars)."""

    @property
    def whole(self) -> bool:
        """Whether each planned verdict is there once, or waits, and each failure says why."""
        broken = self.lost or self.doubled or self.unplanned or self.unsaid
        return not broken and self.planned == self.scored + sum(self.failed.values()) + self.waiting


def look(url: str) -> Found:
    """Count everything in the PostgreSQL database at `url` (a libpq address)."""
    with psycopg.connect(url) as db:
        reasons = db.execute("SELECT reason FROM outcome WHERE reason IS NOT NULL").fetchall()
        return Found(
            planned=count(db, f"SELECT count(*) FROM ({PLANNED}) p"),
            passed=count(db, PASSED),
            scored=count(db, SCORED),
            failed=dict(Counter(str(row[0]) for row in reasons)),
            waiting=count(db, f"SELECT count(*) FROM ({WAITING}) j"),
            dead=count(db, DEAD),
            lost=count(db, LOST),
            doubled=count(db, DOUBLED),
            unplanned=count(db, UNPLANNED),
            unsaid=count(db, UNSAID) + count(db, BURIED_WRONG),
            committed=count(db, COMMITTED) / 1e6,
        )
