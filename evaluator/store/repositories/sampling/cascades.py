"""What the second steps of cascades are to decide on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import Select, select

from evaluator.store.repositories.due import Due, DueNotes, DueProjects
from evaluator.store.repositories.joins import joins
from evaluator.store.sql import chunks, table
from evaluator.store.tables.catalog.rules import RuleRow
from evaluator.store.tables.sampling.selections import CascadeDueRow, SelectionRow
from evaluator.store.tables.traces.samples import SampleRow
from evaluator.store.tables.traces.traces import TraceRow
from evaluator.store.tables.work.outcomes import OutcomeRow

_rule, _selection, _outcome = table(RuleRow), table(SelectionRow), table(OutcomeRow)
_trace, _sample = table(TraceRow), table(SampleRow)


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


class DueDecisions(DueProjects):
    """What cascades are to decide on, in every project."""

    _row = CascadeDueRow


class Cascades(DueNotes):
    _row = CascadeDueRow

    def _waited(self, fingerprints: Collection[str]) -> Select[tuple[str]]:
        is_first = _rule.c.definition["first_of"].as_string() != ""
        active = (_rule.c.retired_at.is_(None), _rule.c.fingerprint.in_(fingerprints), is_first)
        return select(_rule.c.fingerprint).where(self._mine(_rule), *active).distinct()

    def reached(self, series: str, fingerprint: str, targets: Sequence[Due]) -> list[Reached]:
        """Those of `targets` that the first step `series` drew and has an outcome of (of any kind), on what they hold
        now."""
        found: list[Reached] = []
        on = joins(self._db, fingerprint)
        of = {"badness": _outcome, "content_hash": _sample}
        columns = [of.get(name, _selection).c[name] for name in _NAMES]
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


_NAMES = [f.name for f in fields(Reached)]
