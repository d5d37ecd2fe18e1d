"""What the second steps of cascades are to decide on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select

from evaluator.store.repositories.base import PROJECT, ProjectRepository, Repository
from evaluator.store.repositories.joins import joins
from evaluator.store.sql import chunks, table
from evaluator.store.tables.catalog.rules import RuleRow
from evaluator.store.tables.sampling.selections import CascadeDueRow, SelectionRow
from evaluator.store.tables.traces.samples import SampleRow
from evaluator.store.tables.traces.traces import TraceRow
from evaluator.store.tables.work.outcomes import OutcomeRow

_due, _rule, _selection, _outcome = (
    table(CascadeDueRow), table(RuleRow), table(SelectionRow), table(OutcomeRow)
)  # fmt: skip
_trace, _sample = table(TraceRow), table(SampleRow)
_KEY = ("fingerprint", "target_kind", "target_id")


@dataclass(frozen=True, slots=True)
class DueDecision:
    """A target that the first step of a cascade, by an evaluator version, may be done with."""

    fingerprint: str
    target_kind: str
    target_id: str
    day: date
    trace_id: str


@dataclass(frozen=True, slots=True)
class Reached:
    """A target that the first step of a cascade drew and is done with.

    `badness` in [0, 1] is None where there is no score; `probability` is that of the first step, `decided_at` when it
    was drawn.
    """

    day: date
    target_kind: str
    target_id: str
    trace_id: str
    content_hash: str
    at: datetime
    stratum: str
    probability: float
    decided_at: datetime
    badness: float | None


class DueDecisions(Repository):
    """What cascades are to decide on, in every project."""

    def projects(self) -> list[str]:
        """The projects in which there is something."""
        return self._projects_with(select(_due.c.target_id).where(_due.c.project == PROJECT))


class Cascades(ProjectRepository):
    def note(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Note targets (rows of `cascade_due`) where a cascade waits for that evaluator version.

        A note that is there is touched: who takes it away waits for this transaction, or this one for them.
        """
        fingerprints = sorted({row["fingerprint"] for row in rows})
        is_first = _rule.c.definition["first_of"].as_string() != ""
        query = select(_rule.c.fingerprint).where(
            self._mine(_rule), _rule.c.retired_at.is_(None), _rule.c.fingerprint.in_(fingerprints), is_first
        )
        waited = set(self._db.execute(query.distinct()).scalars())
        wanted = {tuple(row[name] for name in _KEY): row for row in rows if row["fingerprint"] in waited}
        self._put(CascadeDueRow, [wanted[one] for one in sorted(wanted)], update=("day", "trace_id"))

    def note_again(self, trace_ids: Sequence[str]) -> None:
        """As `note`, for all outcomes of these traces."""
        names = [f.name for f in fields(DueDecision)]
        for chunk in chunks(sorted(trace_ids)):
            final = (_outcome.c.trace_id.in_(chunk), _outcome.c.purpose == "production", ~_outcome.c.superseded)
            query = select(*(_outcome.c[name] for name in names)).where(self._mine(_outcome), *final)
            self.note([dict(row) for row in self._db.execute(query).mappings()])

    def due(self, limit: int) -> list[DueDecision]:
        """Some of what is due."""
        query = select(*_DUE).where(self._mine(_due)).order_by(*_DUE[:3]).limit(limit)
        return [DueDecision(*row) for row in self._db.execute(query)]

    def take(self, wanted: Sequence[DueDecision]) -> list[DueDecision]:
        """Take these away, of those that nobody else is at; they come back if this transaction fails."""
        found: list[DueDecision] = []
        for chunk in chunks(wanted):
            targets = (_due.c.fingerprint.in_({d.fingerprint for d in chunk}),
                       _due.c.target_id.in_([d.target_id for d in chunk]))  # fmt: skip
            query = select(*_DUE).where(self._mine(_due), *targets).order_by(*_DUE[:3])
            found += [DueDecision(*row) for row in self._db.execute(query.with_for_update(skip_locked=True))]
        asked = set(wanted)
        taken = [due for due in found if due in asked]
        self.drop(taken)
        return taken

    def drop(self, taken: Sequence[DueDecision]) -> None:
        """Take these away, whatever becomes of them."""
        by_key: dict[tuple[str, str], list[str]] = defaultdict(list)
        for due in taken:
            by_key[due.fingerprint, due.target_kind].append(due.target_id)
        for (fingerprint, kind), ids in by_key.items():
            for chunk in chunks(ids):
                mine = (_due.c.fingerprint == fingerprint, _due.c.target_kind == kind, _due.c.target_id.in_(chunk))
                self._db.execute(delete(_due).where(self._mine(_due), *mine))

    def reached(self, series: str, fingerprint: str, targets: Sequence[DueDecision]) -> list[Reached]:
        """Those of `targets` that the first step `series` drew and has an outcome of (of any kind), on what they hold
        now."""
        found: list[Reached] = []
        on = joins(self._db, fingerprint)
        columns = [_outcome.c[n] if n == "badness" else _selection.c[n] for n in _NAMES if n != "content_hash"]
        columns.insert(_NAMES.index("content_hash"), _sample.c.content_hash)
        for chunk in chunks(targets):
            query = (
                select(*columns)
                .join(_trace, on.trace)
                .join(_sample, on.sample)
                .join(_outcome, on.outcome)
                .where(
                    self._mine(_selection), _selection.c.series == series, _selection.c.drawn,
                    _selection.c.day.in_({d.day for d in chunk}),
                    _selection.c.target_kind.in_({d.target_kind for d in chunk}),
                    _selection.c.target_id.in_([d.target_id for d in chunk]),
                )
                .order_by(_selection.c.trace_id, _selection.c.target_id)
            )  # fmt: skip
            found += [Reached(*row) for row in self._db.execute(query)]
        return found


_DUE = tuple(_due.c[f.name] for f in fields(DueDecision))
_NAMES = [f.name for f in fields(Reached)]
