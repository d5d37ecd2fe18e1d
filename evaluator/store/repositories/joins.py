"""From what a series selected to its traces, to the samples that they hold now, and to the outcomes of these."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_

from evaluator.store.sql import by_row, table
from evaluator.store.tables.sampling.selections import SelectionRow
from evaluator.store.tables.traces.samples import SampleRow
from evaluator.store.tables.traces.traces import TraceRow
from evaluator.store.tables.work.outcomes import OutcomeRow

_selection, _trace, _sample, _outcome = table(SelectionRow), table(TraceRow), table(SampleRow), table(OutcomeRow)
_TARGET = ("day", "target_kind", "target_id", "trace_id")


class Joins(NamedTuple):
    """On what each table is joined to those before it; rows of a selection are looked up one by one."""

    trace: ColumnElement[bool]
    sample: ColumnElement[bool]
    outcome: ColumnElement[bool]


def joins(connection: Connection, fingerprint: str) -> Joins:
    """Of selections; outcomes are those of production by the evaluator version `fingerprint`."""
    project = by_row(connection, _selection.c.project)
    sample: list[Any] = [_sample.c[name] == _selection.c[name] for name in _TARGET]
    outcome: list[Any] = [_outcome.c[name] == _sample.c[name] for name in (*_TARGET, "content_hash")]
    outcome += [_outcome.c.fingerprint == fingerprint, _outcome.c.purpose == "production", _outcome.c.replicate == 0]
    return Joins(
        and_(_trace.c.project == project, _trace.c.id == _selection.c.trace_id),
        and_(_sample.c.project == project, _sample.c.current, *sample),
        and_(_outcome.c.project == _sample.c.project, *outcome),
    )
