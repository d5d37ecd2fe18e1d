"""What rates are multiplied by at present, why, and the demand that forecasts are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, delete, func, or_, select, update

from evaluator.core.rule import Thinning
from evaluator.store.repositories.base import ProjectRepository, Repository
from evaluator.store.sql import table
from evaluator.store.tables.access.projects import ProjectRow
from evaluator.store.tables.sampling.rate_factors import DemandRow, RateFactorRow, RateReviewRow
from evaluator.store.types import EPOCH

_factor, _review, _demand = table(RateFactorRow), table(RateReviewRow), table(DemandRow)
_project = table(ProjectRow)

Cause = Literal["backlog", "budget", "cascade"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateFactor:
    """What the rates of a scope (a series, or ``queue:NAME``) are multiplied by from `at` on, or what a cascade
    (``cascade:SERIES``) decides by.

    `facts` are the figures that it was worked out from.
    """

    scope: str
    at: datetime
    thinning: Thinning
    reason: Cause
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws that full rates are expected to lead to, in strata that are thinned last and in all others; >= 0."""

    rest: float = 0.0
    protected: float = 0.0


class Reviews(Repository):
    """Whose factors are to be worked out."""

    def due(self, minute: datetime) -> list[str]:
        """Projects whose factors nobody has worked out since `minute` began."""
        join = _project.outerjoin(_review, _review.c.project == _project.c.id)
        late = or_(_review.c.at.is_(None), _review.c.at < minute)
        query = select(_project.c.id).select_from(join).where(late).order_by(_project.c.id)
        return list(self._db.execute(query).scalars())


class Factors(ProjectRepository):
    def begin(self, minute: datetime) -> bool:
        """Claim the review of `minute`; false where somebody else has done it. Held until the transaction ends."""
        self._put(RateReviewRow, [{"at": EPOCH}])
        mine = and_(self._mine(_review), _review.c.at < minute)
        return bool(self._db.execute(update(_review).where(mine).values(at=minute)).rowcount)

    def append(self, factor: RateFactor) -> None:
        """Let `factor` hold from its moment on."""
        row = {
            "scope": factor.scope,
            "at": factor.at,
            "factor": factor.thinning.rest,
            "protected": factor.thinning.protected,
            "reason": factor.reason,
            "facts": factor.facts,
        }
        self._put(RateFactorRow, [row])

    def current(self, scopes: Iterable[str]) -> dict[str, RateFactor]:
        """The newest factor of each of `scopes` that has one."""
        found = {}
        for scope in sorted(set(scopes)):
            mine = (self._mine(_factor), _factor.c.scope == scope)
            query = select(_factor).where(*mine).order_by(_factor.c.at.desc()).limit(1)
            if (row := self._db.execute(query).mappings().first()) is not None:
                found[scope] = _factor_of(row)
        return found

    def history(self, scope: str) -> list[RateFactor]:
        """Every factor that a scope has had, oldest first."""
        query = select(_factor).where(self._mine(_factor), _factor.c.scope == scope).order_by(_factor.c.at)
        return [_factor_of(row) for row in self._db.execute(query).mappings()]

    def thinned_since(self, scope: str) -> datetime | None:
        """When the present thinning of a scope began; None where its rates are full."""
        mine = (self._mine(_factor), _factor.c.scope == scope)
        full = select(func.max(_factor.c.at)).where(*mine, _factor.c.factor >= 1.0, _factor.c.protected >= 1.0)
        last = full.scalar_subquery()
        query = select(func.min(_factor.c.at)).where(*mine, or_(last.is_(None), _factor.c.at > last))
        found: datetime | None = self._db.execute(query).scalar()
        return found

    def meet(self, at: datetime, demand: Mapping[str, Draws]) -> None:
        """Add to what each series met in the minute that began at `at`."""
        for series, draws in sorted(demand.items()):
            self._put(DemandRow, [{"series": series, "at": at}])
            mine = and_(self._mine(_demand), _demand.c.series == series, _demand.c.at == at)
            values = {"rest": _demand.c.rest + draws.rest, "protected": _demand.c.protected + draws.protected}
            self._db.execute(update(_demand).where(mine).values(**values))

    def demand(self, series: str, start: datetime, end: datetime) -> Draws:
        """What a series met in the minutes that began in [start, end)."""
        query = select(func.sum(_demand.c.rest), func.sum(_demand.c.protected)).where(
            self._mine(_demand), _demand.c.series == series, _demand.c.at >= start, _demand.c.at < end
        )
        rest, protected = self._db.execute(query).one()
        return Draws(rest or 0.0, protected or 0.0)

    def first_demand(self, series: str) -> datetime | None:
        """When a series first met anything, to the minute."""
        query = select(func.min(_demand.c.at)).where(self._mine(_demand), _demand.c.series == series)
        found: datetime | None = self._db.execute(query).scalar()
        return found

    def forget_demand(self, before: datetime) -> None:
        """Drop what was met before `before`: no forecast looks at it any more."""
        self._db.execute(delete(_demand).where(self._mine(_demand), _demand.c.at < before))


def _factor_of(row: Any) -> RateFactor:
    return RateFactor(
        scope=row["scope"],
        at=row["at"],
        thinning=Thinning(row["factor"], row["protected"]),
        reason=row["reason"],
        facts=row["facts"],
    )
