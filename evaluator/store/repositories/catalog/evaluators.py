"""Evaluator versions, as rules pin them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from evaluator.core.evaluator import EvaluatorSpec
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import table
from evaluator.store.tables.catalog.evaluators import EvaluatorRow

_evaluator = table(EvaluatorRow)


@dataclass(frozen=True, slots=True)
class EvaluatorVersion:
    """A pinned evaluator: what is needed to build it again and to see that it is the same."""

    fingerprint: str
    name: str
    manifest: dict[str, Any]
    spec: EvaluatorSpec
    created_at: datetime


class Evaluators(ProjectRepository):
    def add(self, fingerprint: str, spec: EvaluatorSpec, manifest: dict[str, Any], now: datetime) -> None:
        row = {
            "fingerprint": fingerprint,
            "name": spec.name,
            "manifest": manifest,
            "spec": spec.model_dump(mode="json"),
            "created_at": now,
        }
        self._put(EvaluatorRow, [row], update=("name", "manifest", "spec"))  # it may be one that can not be read

    def get(self, fingerprint: str) -> EvaluatorVersion | None:
        query = select(_evaluator).where(self._mine(_evaluator), _evaluator.c.fingerprint == fingerprint)
        row = self._db.execute(query).mappings().first()
        if row is None:
            return None
        spec = EvaluatorSpec.model_validate(row["spec"])
        return EvaluatorVersion(row["fingerprint"], row["name"], row["manifest"], spec, row["created_at"])
