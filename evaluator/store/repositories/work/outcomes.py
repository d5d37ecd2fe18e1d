"""What came of each job: scores and failures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, select, update

from evaluator.core.criterion import Scale
from evaluator.core.outcome import Outcome, Score
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.repositories.series.marks import ProjectMarks, Target
from evaluator.store.repositories.work.jobs import Job
from evaluator.store.sql import table
from evaluator.store.tables.work.outcomes import JUDGED, OutcomeRow

_outcome = table(OutcomeRow)
_KEY = {c.name for c in _outcome.primary_key.columns}
_REST = [c.name for c in _outcome.columns if c.name not in _KEY]
_DEFAULTS = {name: OutcomeRow.model_fields[name].get_default(call_default_factory=True) for name in _REST}
"""Asked once: pydantic takes longer over them than the database over the row."""


class Outcomes(ProjectRepository):
    def save(self, results: Sequence[tuple[Job, Outcome, bool]], scale: Scale, now: datetime) -> None:
        """Store outcomes, each with whether its sample is still current (law 14), and mark the minutes that they
        count in. Safe to repeat."""
        rows = [outcome_row(job, outcome, scale, current, now) for job, outcome, current in results]
        # In one order for everybody, so that two who save or supersede can not block each other.
        self._put(OutcomeRow, sorted(rows, key=_order), update=_REST)
        targets: dict[str, list[Target]] = defaultdict(list)
        for job, _, _ in results:
            targets[job.fingerprint].append((job.day, job.target_kind, job.target_id))
        for fingerprint, found in targets.items():
            ProjectMarks(self._db, self._project).targets(fingerprint, found, now)

    def existing(self, trace_ids: Sequence[str], days: Collection[date]) -> set[tuple[str, str, str, str]]:
        """(target kind, target id, content hash, fingerprint) of the production outcomes of these traces, which were
        first seen on `days`."""
        columns = (_outcome.c.target_kind, _outcome.c.target_id, _outcome.c.content_hash, _outcome.c.fingerprint)
        query = select(*columns).where(
            self._mine(_outcome),
            _outcome.c.day.in_(days),
            _outcome.c.trace_id.in_(trace_ids),
            _outcome.c.purpose == "production",
        )
        return {(a, b, c, d) for a, b, c, d in self._db.execute(query)}

    def supersede(self, trace_id: str, day: date, current: Sequence[str]) -> None:
        """Mark the outcomes of a trace as superseded but for those of its `current` content hashes."""
        mine = and_(self._mine(_outcome), _outcome.c.day == day, _outcome.c.trace_id == trace_id)
        is_current = _outcome.c.content_hash.in_(current)
        self._db.execute(update(_outcome).where(mine, is_current).values(superseded=False))
        self._db.execute(update(_outcome).where(mine, ~is_current).values(superseded=True))

    def of_trace(self, trace_id: str, day: date | None = None) -> list[dict[str, Any]]:
        """Every outcome of a trace, those of its current content first; `day`: of its first sight, where known."""
        query = select(_outcome).where(self._mine(_outcome), _outcome.c.trace_id == trace_id)
        if day is not None:
            query = query.where(_outcome.c.day == day)
        query = query.order_by(_outcome.c.superseded, _outcome.c.target_id, _outcome.c.fingerprint)
        return [dict(row) for row in self._db.execute(query).mappings()]

    def judged(self, fingerprint: str, content_hashes: Collection[str]) -> dict[str, dict[str, Any]]:
        """What a judge has said in production of each of these contents, by its hash: the newest, in full."""
        query = (
            select(_outcome)
            .where(
                self._mine(_outcome),
                _outcome.c.fingerprint == fingerprint,
                _outcome.c.content_hash.in_(content_hashes),
                _outcome.c.purpose == "production",
                JUDGED,
            )
            .order_by(_outcome.c.created_at)
        )
        return {row["content_hash"]: dict(row) for row in self._db.execute(query).mappings()}

    def recent(self, fingerprint: str, limit: int) -> list[tuple[datetime, float]]:
        """(when it was saved, cost in US dollars) of an evaluator's production outcomes on the newest days."""
        query = (
            select(_outcome.c.created_at, _outcome.c.cost)
            .where(self._mine(_outcome), _outcome.c.fingerprint == fingerprint, _outcome.c.purpose == "production")
            .order_by(_outcome.c.day.desc())
            .limit(limit)
        )
        return [(at, cost) for at, cost in self._db.execute(query)]

    def counts(self) -> dict[tuple[str, str | None], int]:
        """How many current production outcomes there are by (fingerprint, failure reason or None). Reads them all."""
        query = (
            select(_outcome.c.fingerprint, _outcome.c.reason, func.count())
            .where(self._mine(_outcome), _outcome.c.purpose == "production", ~_outcome.c.superseded)
            .group_by(_outcome.c.fingerprint, _outcome.c.reason)
        )
        return {(fingerprint, reason): n for fingerprint, reason, n in self._db.execute(query)}


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("trace_id", "target_id", "content_hash"))


def outcome_row(job: Job, outcome: Outcome, scale: Scale, current: bool, now: datetime) -> dict[str, Any]:
    """The row that stores `outcome`; every column is given, so that nothing of an older one is left."""
    key = {name: getattr(job, name) for name in _KEY}
    row = _DEFAULTS | key | {"trace_id": job.trace_id, "superseded": not current, "created_at": now}
    row |= {"cost": outcome.cost or 0.0, "details": outcome.details}
    if isinstance(outcome, Score):
        return row | {
            "value": outcome.value,
            "badness": scale.badness(outcome.value),
            "label": outcome.label,
            "explanation": outcome.explanation,
            "evidence": [asdict(e) for e in outcome.evidence],
            "kind": outcome.kind.value,
        }
    return row | {"reason": outcome.reason.value, "message": outcome.message[:2000]}
