"""Backfills: a rule looks at traces that came before it."""

from __future__ import annotations

import time
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from evaluator.api.routing import resource
from evaluator.api.state import Admin, State
from evaluator.api.times import FROM, TZ, Moment
from evaluator.core.zones import utc, zone_of
from evaluator.pipeline.sampling.backfill import Request, backfill

router = resource("/api/v1/rules", "rules")

SECONDS = 20.0
"""How long one request may go on; what is left is told and can be asked for next."""


class BackfillIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    start: Moment = Field(alias="from", description=FROM)
    end: Moment = Field(alias="to")
    tz: str | None = Field(default=None, description=TZ)
    dry_run: bool = True


class StratumOut(BaseModel):
    probability: float
    targets: int
    drawn: int


class OnwardOut(BaseModel):
    """The second step of a cascade: `jobs` are expected of `targets`; costs in US dollars."""

    rule: str
    evaluator: str
    rate: float
    targets: int
    jobs: float
    cost: float | None
    cost_bound: float | None
    usd_per_day: float | None


class BackfillOut(BaseModel):
    """See `pipeline.sampling.backfill.Backfill`. Where `complete` is false, ask again with `to` = `resume_to`."""

    rule: str
    evaluator: str
    fingerprint: str
    start: datetime
    end: datetime
    applied: bool
    planned: int
    unsettled: int
    traces: int
    decided: int
    targets: int
    drawn: int
    strata: dict[str, StratumOut]
    jobs: int
    cost: float | None
    cost_bound: float | None
    usd_per_day: float | None
    seconds: float | None
    failed: dict[str, str]
    onward: OnwardOut | None
    complete: bool
    resume_to: datetime | None


@router.post("/{name}/backfill")
def post_backfill(state: State, caller: Admin, name: str, body: BackfillIn) -> BackfillOut:
    """Count, or with `dry_run` false decide and queue, what a rule draws of the traces that began in [from, to)."""
    services, zone = state.services, zone_of(body.tz)
    until = time.monotonic() + SECONDS
    with state.places.take(caller.project):
        found = backfill(
            services.store,
            Request(project=caller.project, rule=name, start=utc(body.start, zone), end=utc(body.end, zone)),
            services.build,
            services.clock,
            apply=not body.dry_run,
            hints=services.hints,
            actor=caller.actor,
            stop=lambda: time.monotonic() > until,
        )
    return BackfillOut.model_validate(found, from_attributes=True)
