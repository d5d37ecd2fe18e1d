"""Rules: every version, and the evaluator that each pins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from evaluator.core.criterion import Criterion
from evaluator.core.errors import NotFound, told
from evaluator.core.evaluator import EvaluatorSpec
from evaluator.core.ids import content_hash
from evaluator.core.quarantine import SERIES_LENGTH
from evaluator.core.rule import Rule
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import table
from evaluator.store.tables.catalog.evaluators import EvaluatorRow
from evaluator.store.tables.catalog.rules import RuleRow

_rule, _evaluator = table(RuleRow), table(EvaluatorRow)
_NEWEST = (_rule.c.created_at.desc(), _rule.c.name)


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


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A stored rule that can not be read, and why."""

    name: str
    version: str
    series: str
    error: str


def series_id(rule: Rule, criterion: Criterion) -> str:
    """One series for one rule name, evaluator version and criterion; rates may change within it."""
    return content_hash([rule.name, rule.fingerprint, criterion.model_dump(mode="json")])[:SERIES_LENGTH]


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
        self._put(RuleRow, [row], update=("retired_at", "definition", "series", "fingerprint"))
        return StoredRule(rule, rule.version, series, criterion, spec, now, None)

    def retire(self, name: str, now: datetime) -> bool:
        """Stop selecting by this rule; its series stays. Returns whether there was an active version."""
        where = (self._mine(_rule), _rule.c.name == name, _rule.c.retired_at.is_(None))
        return bool(self._db.execute(update(_rule).where(*where).values(retired_at=now)).rowcount)

    def active(self) -> list[StoredRule]:
        """The active rules, newest first, without those that are `broken`."""
        return self._select(self._mine(_rule), _rule.c.retired_at.is_(None))[0]

    def broken(self) -> list[BrokenRule]:
        """The active rules that can not be read: no trace is decided on by them, and nobody else waits for them."""
        return self._select(self._mine(_rule), _rule.c.retired_at.is_(None))[1]

    def of_series(self, series: str) -> StoredRule:
        """The newest rule version of a series. Raises NotFound where there is none that can be read."""
        found, broken = self._select(self._mine(_rule), _rule.c.series == series)
        if not found:
            raise NotFound("rule of the series", series, broken[0].error if broken else "")
        return found[0]

    def versions(self, name: str | None = None) -> list[StoredRule]:
        """Every version, newest first, of one rule or of all."""
        where = [self._mine(_rule)] + ([_rule.c.name == name] if name else [])
        return self._select(*where)[0]

    def every(self) -> tuple[list[StoredRule], list[BrokenRule]]:
        """Every version, retired ones too, and those that can not be read."""
        return self._select(self._mine(_rule))

    def _select(self, *where: Any) -> tuple[list[StoredRule], list[BrokenRule]]:
        """The rules that can be read, and those that can not: whatever is wrong with one is not its neighbours'."""
        try:
            rows = self._rows(*where)
        except Exception:  # noqa: BLE001 - no JSON: each is read by itself
            keys = select(_rule.c.name, _rule.c.version, _rule.c.series).where(*where).order_by(*_NEWEST)
            rows = list(self._db.execute(keys).mappings())
        found, broken = list[StoredRule](), list[BrokenRule]()
        for row in rows:
            try:
                one = (self._mine(_rule), _rule.c.name == row["name"], _rule.c.version == row["version"])
                found.append(_stored(row if "definition" in row else self._rows(*one)[0]))
            except Exception as error:  # noqa: BLE001 - a definition of another version, or none at all
                broken.append(BrokenRule(row["name"], row["version"], row["series"], told(error)))
        return found, broken

    def _rows(self, *where: Any) -> list[Any]:
        """The rules with the specs of their evaluators, newest first."""
        same = (_evaluator.c.project == _rule.c.project) & (_evaluator.c.fingerprint == _rule.c.fingerprint)
        query = (
            select(_rule, _evaluator.c.spec)
            .select_from(_rule.outerjoin(_evaluator, same))
            .where(*where)
            .order_by(*_NEWEST)
        )
        return list(self._db.execute(query).mappings())


def _stored(row: Any) -> StoredRule:
    rule = Rule.model_validate(row["definition"])
    spec = EvaluatorSpec.model_validate(row["spec"])
    criterion = rule.criterion or spec.criterion
    return StoredRule(rule, row["version"], row["series"], criterion, spec, row["created_at"], row["retired_at"])
