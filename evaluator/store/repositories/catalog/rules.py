"""Rules: every version, and the evaluator that each pins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from evaluator.core.criterion import Criterion
from evaluator.core.evaluator import EvaluatorSpec
from evaluator.core.ids import content_hash
from evaluator.core.rule import Rule
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import table
from evaluator.store.tables.catalog.evaluators import EvaluatorRow
from evaluator.store.tables.catalog.rules import RuleRow

_rule, _evaluator = table(RuleRow), table(EvaluatorRow)


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A version of a rule, with the evaluator that it pins."""

    rule: Rule
    version: str
    series: str
    criterion: Criterion
    spec: EvaluatorSpec
    created_at: datetime
    retired_at: datetime | None


def series_id(rule: Rule, criterion: Criterion) -> str:
    """One series for one rule name, evaluator version and criterion; rates may change within it."""
    return content_hash([rule.name, rule.fingerprint, criterion.model_dump(mode="json")])[:16]


class Rules(ProjectRepository):
    def push(self, rule: Rule, spec: EvaluatorSpec, now: datetime) -> StoredRule:
        """Make `rule` (its fingerprint filled in) the active version of its name; the one before retires."""
        criterion = rule.criterion or spec.criterion
        others = (
            self._mine(_rule), _rule.c.name == rule.name,
            _rule.c.version != rule.version, _rule.c.retired_at.is_(None),
        )  # fmt: skip
        self._db.execute(update(_rule).where(*others).values(retired_at=now))
        series = series_id(rule, criterion)
        row = {
            "name": rule.name,
            "version": rule.version,
            "series": series,
            "fingerprint": rule.fingerprint,
            "definition": rule.model_dump(mode="json"),
            "created_at": now,
            "retired_at": None,
        }
        self._put(RuleRow, [row], update=("retired_at",))
        return StoredRule(rule, rule.version, series, criterion, spec, now, None)

    def retire(self, name: str, now: datetime) -> bool:
        """Stop selecting by this rule; its series stays. Returns whether there was an active version."""
        where = (self._mine(_rule), _rule.c.name == name, _rule.c.retired_at.is_(None))
        return bool(self._db.execute(update(_rule).where(*where).values(retired_at=now)).rowcount)

    def active(self) -> list[StoredRule]:
        return self._select(self._mine(_rule), _rule.c.retired_at.is_(None))

    def versions(self, name: str | None = None) -> list[StoredRule]:
        """Every version, newest first, of one rule or of all."""
        where = [self._mine(_rule)] + ([_rule.c.name == name] if name else [])
        return self._select(*where)

    def _select(self, *where: Any) -> list[StoredRule]:
        join = _rule.join(
            _evaluator,
            (_evaluator.c.project == _rule.c.project) & (_evaluator.c.fingerprint == _rule.c.fingerprint),
        )
        query = (
            select(_rule, _evaluator.c.spec)
            .select_from(join)
            .where(*where)
            .order_by(_rule.c.created_at.desc(), _rule.c.name)
        )
        return [_stored(row) for row in self._db.execute(query).mappings()]


def _stored(row: Any) -> StoredRule:
    rule = Rule.model_validate(row["definition"])
    spec = EvaluatorSpec.model_validate(row["spec"])
    criterion = rule.criterion or spec.criterion
    return StoredRule(rule, row["version"], row["series"], criterion, spec, row["created_at"], row["retired_at"])
