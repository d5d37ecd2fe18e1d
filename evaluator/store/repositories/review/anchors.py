"""What evaluator versions make of the samples that people were asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, select

from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import chunks, table, unindexed
from evaluator.store.tables.review.labels import AnchorRow
from evaluator.store.tables.traces.samples import SampleRow
from evaluator.store.tables.work.jobs import JobRow
from evaluator.store.tables.work.outcomes import OutcomeRow

_anchor, _outcome, _sample, _job = table(AnchorRow), table(OutcomeRow), table(SampleRow), table(JobRow)
Content = tuple[str, str, str]
"""(target kind, target id, content hash)."""
_CONTENT = ("target_kind", "target_id", "content_hash")
_SAID = ("value", "label", "reason", "trace_id", "scored_at")


class Anchors(ProjectRepository):
    def save(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store what evaluators make of samples; a later outcome replaces an earlier one."""
        ordered = sorted(rows, key=lambda row: tuple(row[name] for name in ("criterion", *_CONTENT, "fingerprint")))
        self._put(AnchorRow, ordered, update=_SAID)

    def of(self, criterion: str, contents: Sequence[Content]) -> list[dict[str, Any]]:
        """The anchors of these contents by a criterion."""
        wanted, found = set(contents), list[dict[str, Any]]()
        for chunk in chunks(sorted({target for _, target, _ in wanted})):
            mine = (self._mine(_anchor), _anchor.c.criterion == criterion, _anchor.c.target_id.in_(chunk))
            rows = self._db.execute(select(_anchor).where(*mine)).mappings()
            found += [dict(row) for row in rows if _content(row) in wanted]
        return found

    def outcomes(self, fingerprint: str, traces: Mapping[Content, str]) -> list[dict[str, Any]]:
        """Outcomes of an evaluator version on contents (each with its trace), production ones last: they replace the
        others."""
        found = self._on(
            _outcome, traces, unindexed(self._db, _outcome.c.fingerprint) == fingerprint, _outcome.c.replicate == 0
        )
        return [dict(row) for row in sorted(found, key=lambda row: bool(row["purpose"] == "production"))]

    def waiting(self, fingerprint: str, traces: Mapping[Content, str]) -> set[Content]:
        """Those contents of which a job of an evaluator version waits, for whatever purpose, or was given up."""
        return {_content(row) for row in self._on(_job, traces, _job.c.fingerprint == fingerprint)}

    def kept(self, traces: Mapping[Content, str]) -> set[Content]:
        """Those contents that are still stored, and are what their targets hold now."""
        return {_content(row) for row in self._on(_sample, traces, _sample.c.current)}

    def _on(self, rows: Table, traces: Mapping[Content, str], *where: Any) -> list[Any]:
        """Rows of these contents, which are found by their traces; without texts."""
        found: list[Any] = []
        columns = [column for column in rows.columns if column.name not in _TEXTS]
        for chunk in chunks(sorted(set(traces.values()))):
            query = select(*columns).where(self._mine(rows), rows.c.trace_id.in_(chunk), *where)
            found += [row for row in self._db.execute(query).mappings() if _content(row) in traces]
        return found


_TEXTS = ("question", "answer", "passages", "evidence", "details", "explanation", "message", "system_prompt")


def _content(row: Any) -> Content:
    return row["target_kind"], row["target_id"], row["content_hash"]
