"""What one judge said last, at a cost that is the same at any traffic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, func, select

from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import table
from evaluator.store.tables.traces.samples import SampleRow
from evaluator.store.tables.work.outcomes import SAID, OutcomeRow

_outcome, _sample = table(OutcomeRow), table(SampleRow)


class Content(NamedTuple):
    """What an outcome is about: one content of one target."""

    day: date
    target_kind: str
    target_id: str
    content_hash: str


class VerdictRow(NamedTuple):
    """An outcome of a judge, without its texts: a verdict, or a failure with its `reason`."""

    day: date
    target_kind: str
    target_id: str
    content_hash: str
    trace_id: str
    created_at: datetime
    value: float | None
    badness: float | None
    label: str | None
    reason: str | None
    cost: float
    superseded: bool
    details: Mapping[str, Any]

    @property
    def content(self) -> Content:
        return Content(self.day, self.target_kind, self.target_id, self.content_hash)


class VerdictTexts(NamedTuple):
    """The reason that a judge gave, or why there is no verdict; and how question and answer begin."""

    explanation: str = ""
    message: str = ""
    question: str = ""
    answer: str = ""


class Verdicts(ProjectRepository):
    def newest(self, fingerprint: str, limit: int) -> list[VerdictRow]:
        """What an evaluator version said last in production, the newest first, also of contents that have changed
        since: at most `limit` outcomes. Reads the failures and the verdicts of judges; other scores are not found."""
        query = (
            select(*(_outcome.c[name] for name in VerdictRow._fields))
            .where(
                self._mine(_outcome),
                _outcome.c.fingerprint == fingerprint,
                _outcome.c.purpose == "production",
                SAID,
            )
            .order_by(_outcome.c.created_at.desc())
            .limit(limit)
        )
        return [VerdictRow(*row) for row in self._db.execute(query)]

    def texts(self, fingerprint: str, contents: Sequence[Content], most: int) -> dict[Content, VerdictTexts]:
        """What belongs to the outcomes of a few `contents`; of questions and answers, `most` characters."""
        said = (_outcome.c.explanation, _outcome.c.message)
        mine = (_outcome.c.fingerprint == fingerprint, _outcome.c.purpose == "production")
        shown = (func.substr(_sample.c.question, 1, most), func.substr(_sample.c.answer, 1, most))
        outcomes = self._of(_outcome, contents, said, *mine)
        samples = self._of(_sample, contents, shown)
        return {
            content: VerdictTexts(*outcomes.get(content, ("", "")), *samples.get(content, ("", "")))
            for content in contents
        }

    def _of(
        self, rows: Table, contents: Sequence[Content], values: Sequence[Any], *where: ColumnElement[bool]
    ) -> dict[Content, tuple[Any, ...]]:
        """The `values` of the rows of these contents."""
        key = [rows.c[name] for name in Content._fields]
        among = [column.in_({content[i] for content in contents}) for i, column in enumerate(key)]
        query = select(*key, *values).where(self._mine(rows), *among, *where)
        return {Content(*row[: len(key)]): tuple(row[len(key) :]) for row in self._db.execute(query)}
