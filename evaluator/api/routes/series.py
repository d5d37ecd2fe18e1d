"""Quality-score time series."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query, Response

from evaluator.api.filters import SliceQuery
from evaluator.api.routing import resource
from evaluator.api.schemas.series import SeriesOut, series_json
from evaluator.api.state import Read, State
from evaluator.api.times import utc
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.read import DEFAULT_METHOD, SeriesQuery, read_series
from evaluator.stats.registry import ESTIMATORS

router = resource("/api/v1", "series")

METHODS = "How rates are estimated; " + "; ".join(f"{e.name} {e.caveat}" for e in ESTIMATORS.values())


@router.get("/series", response_model=SeriesOut)
def get_series(
    state: State,
    caller: Read,
    by_slice: Annotated[SliceQuery, Depends()],
    evaluator: str | None = None,
    criterion: str | None = None,
    rule: str | None = None,
    fingerprint: str | None = None,
    start: Annotated[datetime | None, Query(alias="from", description="ISO 8601; UTC unless it says")] = None,
    end: Annotated[datetime | None, Query(alias="to", description="exclusive")] = None,
    grain: Grain = Grain.DAY,
    method: Annotated[str, Query(description=METHODS, json_schema_extra={"enum": [*ESTIMATORS]})] = DEFAULT_METHOD,
) -> Response:
    """Rates with intervals over time, by `slice.NAME=VALUE` where asked (model, prompt_version, environment,
    service, stratum). Without parameters: every series of the last seven days that have data, by day."""
    query = SeriesQuery(
        evaluator=evaluator,
        criterion=criterion,
        rule=rule,
        fingerprint=fingerprint,
        start=utc(start),
        end=utc(end),
        grain=grain,
        slice=by_slice.values,
        method=method,
    )
    with state.places.read(caller.project) as unit:
        found = read_series(unit, caller.project, query)
    return Response(series_json(found), media_type="application/json")
