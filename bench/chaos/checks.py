"""What must be true of the database when a run of `bench.chaos` is over. Asked over a connection of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg

PLANNED = """
SELECT s.project, s.day, s.target_kind, s.target_id, m.content_hash, r.fingerprint
FROM selection s
JOIN (SELECT DISTINCT project, series, fingerprint FROM rule) r USING (project, series)
JOIN sample m USING (project, day, target_kind, target_id)
WHERE s.drawn AND m.current
"""
KEY = "(project, day, target_kind, target_id, content_hash, fingerprint)"
LOST = f"SELECT count(*) FROM ({PLANNED}) p LEFT JOIN outcome o USING {KEY} WHERE o.trace_id IS NULL"
LOGGED = "SELECT count(*) FROM outcome JOIN evaluator_version USING (project, fingerprint) WHERE name LIKE 'chaos%'"
UNPLANNED = f"SELECT count(*) FROM outcome o LEFT JOIN ({PLANNED}) p USING {KEY} WHERE p.project IS NULL"


@dataclass(frozen=True, slots=True)
class Found:
    """Counts of one finished run."""

    traces: int
    missing_traces: int
    """Acknowledged, but not there."""
    planned: int
    outcomes: int
    lost: int
    """Planned, without an outcome."""
    unplanned: int
    """Outcomes that nothing planned."""
    failures: int
    jobs: int
    logged: int
    """Outcomes of the evaluators that keep a log of their work."""

    @property
    def whole(self) -> bool:
        """Whether nothing was lost, doubled or left over."""
        broken = (self.missing_traces, self.lost, self.unplanned, self.failures, self.jobs)
        return not any(broken) and self.planned == self.outcomes


def look(url: str, acknowledged: Iterable[str]) -> Found:
    """Count everything in the PostgreSQL database at `url` (a libpq address)."""
    with psycopg.connect(url) as db:
        there = {row[0] for row in db.execute("SELECT id FROM trace")}
        return Found(
            traces=len(there),
            missing_traces=len(set(acknowledged) - there),
            planned=count(db, f"SELECT count(*) FROM ({PLANNED}) p"),
            outcomes=count(db, "SELECT count(*) FROM outcome"),
            lost=count(db, LOST),
            unplanned=count(db, UNPLANNED),
            failures=count(db, "SELECT count(*) FROM outcome WHERE reason IS NOT NULL"),
            jobs=count(db, "SELECT count(*) FROM score_job"),
            logged=count(db, LOGGED),
        )


def leased(url: str) -> dict[str, int]:
    """How many jobs each worker holds, by the process id in its name."""
    with psycopg.connect(url, connect_timeout=5) as db:
        rows = db.execute("SELECT lease_owner, count(*) FROM score_job WHERE state = 'leased' GROUP BY 1").fetchall()
    return {str(owner): int(n) for owner, n in rows}


def progress(url: str) -> tuple[int, int, int, int]:
    """(traces not planned yet, jobs, minutes to be recomputed, outcomes)."""
    with psycopg.connect(url, connect_timeout=5) as db:
        return (
            count(db, "SELECT count(*) FROM trace WHERE state <> 'planned' OR settle_at IS NOT NULL"),
            count(db, "SELECT count(*) FROM score_job WHERE state <> 'dead'"),
            count(db, "SELECT count(*) FROM dirty"),
            count(db, "SELECT count(*) FROM outcome"),
        )


def count(db: psycopg.Connection[Any], query: str) -> int:
    """The single number that `query` gives."""
    row = db.execute(query).fetchone()
    assert row is not None
    return int(row[0])
