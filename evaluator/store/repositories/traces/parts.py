"""What arrived for traces, read within bounds: however much that is, a trace can be read."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

import orjson
from sqlalchemy import LargeBinary, select, type_coerce

from evaluator.core.bounds import PART_BYTES, PARTS
from evaluator.core.trace import BEYOND, Part
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import Row, chunks, table
from evaluator.store.tables.traces.parts import PartRow
from evaluator.store.tables.traces.traces import TraceRow
from evaluator.store.types import unpack

_part, _trace = table(PartRow), table(TraceRow)
_PAGE = 200
"""Rows that are fetched at a time."""
_VALUE_BYTES = 8
_ANYTHING_ELSE = bytes(byte for byte in range(256) if byte not in b"[{,")


class Arrived(NamedTuple):
    """What arrived for a trace, in the order of its start, and its weight in bytes.

    Of more than `PARTS`, or than `PART_BYTES`, the first are there, and a part whose source is `BEYOND` stands for
    the others.
    """

    trace_id: str
    parts: list[Part]
    size: int


class Parts(ProjectRepository):
    """The parts of settled and open traces."""

    def arrived(self, days: Mapping[str, date]) -> Iterator[Arrived]:
        """What arrived for each of these traces (by id, with its day), one after the other, last those of which there
        is nothing.

        Nothing but the trace at hand is held, so that whoever lets go of one before it takes the next can read any
        number.
        """
        for chunk in chunks(sorted(days)):
            left = set(chunk)
            while (yield from self._read(left, days)):
                pass
            for trace_id in sorted(left):
                yield Arrived(trace_id, [], 0)

    def every(self, trace_id: str) -> Iterator[Part]:
        """Everything that has arrived for a trace, in the order of its start, without bounds: one after the other."""
        day = self._db.execute(select(_trace.c.day).where(self._mine(_trace), _trace.c.id == trace_id)).scalar()
        rows: Iterable[Any] = self._rows([trace_id], {trace_id: day}) if day is not None else ()
        for row in rows:
            yield _of(row, row["source"], orjson.loads(unpack(row["body"]) or b""))

    def _read(self, left: set[str], days: Mapping[str, date]) -> Generator[Arrived, None, bool]:
        """Take the first of the traces that are `left`, of all together no more rows than may be read of one; returns
        whether there may be more."""
        most, count, before = PARTS.size + 1, 0, len(left)

        def counted() -> Iterator[Row]:
            nonlocal count
            for row in self._rows(left, days, most):
                count += 1
                yield row

        for trace_id, group in groupby(counted(), key=lambda row: str(row["trace_id"])):
            found = _arrived(trace_id, group)
            if count == most and len(left) < before:
                break  # there may be more of this one: it is read anew, as the first
            left.remove(trace_id)
            yield found
        return count == most and bool(left)

    def _rows(self, trace_ids: Collection[str], days: Mapping[str, date], limit: int | None = None) -> Iterable[Any]:
        plain = [column for column in _part.c if column is not _part.c.body]
        packed = type_coerce(_part.c.body, LargeBinary).label("body")
        on = _part.c.day.in_({days[trace_id] for trace_id in trace_ids})
        query = select(*plain, packed).where(self._mine(_part), on, _part.c.trace_id.in_(trace_ids))
        query = query.order_by(_part.c.trace_id, _part.c.start_at, _part.c.part_id).limit(limit)
        return self._db.execute(query.execution_options(yield_per=_PAGE)).mappings()


def _arrived(trace_id: str, rows: Iterable[Row]) -> Arrived:
    parts: list[Part] = []
    size = 0
    for row in rows:
        # What came as one is read as one, so the first is read in any case.
        body = unpack(row["body"], PART_BYTES.size - size if parts else None)
        if body is None or len(parts) == PARTS.most:
            parts.append(_of(row, BEYOND, {}))
            break
        # A value takes more room than its bytes once it is built; those in texts count too, as texts are read.
        size += len(body) + _VALUE_BYTES * len(body.translate(None, _ANYTHING_ELSE))
        parts.append(_of(row, row["source"], orjson.loads(body)))
    return Arrived(trace_id, parts, size)


def _of(row: Row, source: str, body: dict[str, Any]) -> Part:
    return Part(
        project=row["project"],
        trace_id=row["trace_id"],
        part_id=row["part_id"],
        source=source,
        name=row["name"],
        start=row["start_at"],
        end=row["end_at"],
        complete=row["complete"],
        body=body,
    )
