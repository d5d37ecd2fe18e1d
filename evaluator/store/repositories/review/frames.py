"""What a wave could draw: the samples that a series selected and whose outcome is final."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select, tuple_

from evaluator.core.outcome import SKIPS
from evaluator.core.rule import FIELDS
from evaluator.core.times import AHEAD
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.repositories.joins import joins
from evaluator.store.sql import chunks, table, unindexed
from evaluator.store.tables.sampling.selections import SelectionRow
from evaluator.store.tables.traces.samples import SampleRow
from evaluator.store.tables.traces.traces import TraceRow
from evaluator.store.tables.work.outcomes import OutcomeRow

_selection, _trace, _sample, _outcome = table(SelectionRow), table(TraceRow), table(SampleRow), table(OutcomeRow)
_SKIPPED = tuple(sorted(reason.value for reason in SKIPS))
PLACE = (_selection.c.at, _selection.c.target_id, _selection.c.target_kind, _selection.c.day)
"""The order in which a frame is read."""


@dataclass(frozen=True, slots=True)
class FrameUnit:
    """A sample of a frame: how it was selected, what the evaluator makes of it, and what is known of its trace.

    `badness` in [0, 1] is None for a failure. What the first step of a cascade drew is as if its sender had kept so
    much: its probability is part of `sampling_probability`, and `inclusion` is that of the second step. `trace` are
    the facts of its trace, where they were asked for.
    """

    at: datetime
    target_id: str
    target_kind: str
    day: date
    trace_id: str
    content_hash: str
    stratum: str
    inclusion: float
    badness: float | None
    sampling_probability: float
    cluster: int
    model: str | None
    prompt_version: str | None
    environment: str | None
    service: str | None
    trace: Mapping[str, Any] | None = None

    @property
    def target(self) -> tuple[str, str]:
        return self.target_kind, self.target_id

    @property
    def place(self) -> tuple[Any, ...]:
        return self.at, self.target_id, self.target_kind, self.day


class Frames(ProjectRepository):
    """The frames of one series (`fingerprint` is that of its evaluator)."""

    def page(
        self,
        series: str,
        fingerprint: str,
        window: tuple[datetime, datetime],
        after: FrameUnit | None,
        limit: int,
        *,
        facts: bool = False,
    ) -> list[FrameUnit]:
        """Up to `limit` units that began in `window`, in the order of time, from the one after `after` on."""
        start, end = window
        first = start.date() - AHEAD
        # Said of each table, as PostgreSQL leaves out partitions only by what is said of a table itself.
        query = self._query(fingerprint, facts).where(
            self._mine(_selection), _selection.c.series == series, _selection.c.at < end,
            _selection.c.at >= (start if after is None else after.at), unindexed(self._db, _selection.c.day) >= first,
            unindexed(self._db, _sample.c.day) >= first, unindexed(self._db, _outcome.c.day) >= first,
        )  # fmt: skip
        if after is not None:
            query = query.where(tuple_(*PLACE) > after.place)
        return [_unit(row, facts=facts) for row in self._db.execute(query.order_by(*PLACE).limit(limit))]

    def named(
        self, series: str, fingerprint: str, targets: Sequence[tuple[date, str, str]], *, facts: bool = False
    ) -> list[FrameUnit]:
        """Those of `targets` (day, kind, id) that lie in the frame."""
        found: list[FrameUnit] = []
        for chunk in chunks(sorted(targets)):
            days, kinds, ids = (sorted(set(values)) for values in zip(*chunk, strict=True))
            query = self._query(fingerprint, facts).where(
                self._mine(_selection), _selection.c.series == series, _selection.c.day.in_(days),
                _selection.c.target_kind.in_(kinds), _selection.c.target_id.in_(ids),
            )  # fmt: skip
            found += [_unit(row, facts=facts) for row in self._db.execute(query.order_by(*PLACE))]
        return found

    def _query(self, fingerprint: str, facts: bool) -> Select[Any]:
        on = joins(self._db, fingerprint)
        found: dict[str, Any] = {"inclusion": _selection.c.probability, "badness": _outcome.c.badness}
        found |= {name: _sample.c[name] for name in ("content_hash",)}
        sent = _trace.c.sampling_probability * func.coalesce(_selection.c.reached, 1.0)
        found |= {"sampling_probability": sent}
        found |= {name: _selection.c[name] for name in _NAMES if name in _selection.c and name not in found}
        found |= {name: _trace.c[name] for name in _NAMES if name not in found}
        columns: list[Any] = [found[name] for name in _NAMES]
        if facts:
            columns += [_trace.c[name].label(f"fact_{name}") for name in _FACTS]
        return (
            select(*columns)
            .join(_trace, on.trace)
            .join(_sample, on.sample)
            .join(_outcome, on.outcome)
            .where(
                _selection.c.drawn,
                _outcome.c.reason.is_(None) | _outcome.c.reason.not_in(_SKIPPED),
            )
        )


_NAMES = [f.name for f in fields(FrameUnit)][:-1]
_FACTS = (*FIELDS, "facts")


def _unit(row: Any, *, facts: bool) -> FrameUnit:
    n = len(_NAMES)
    values: list[Any] = [*row[:n], dict(zip(_FACTS, row[n:], strict=True)) if facts else None]
    return FrameUnit(*values)
