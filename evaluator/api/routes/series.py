"""Quality-score time series."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Response

from evaluator.api.filters import SliceQuery
from evaluator.api.routing import resource
from evaluator.api.schemas.series import SeriesOut, series_json
from evaluator.api.state import Read, State
from evaluator.api.times import Between
from evaluator.pipeline.series.buckets import Grain
from evaluator.pipeline.series.read import DEFAULT_METHOD, SeriesQuery, answer_series, methods
from evaluator.stats.estimators.registry import ESTIMATORS

router = resource("/api/v1", "series")

HOW = "; ".join(f"{e.name} {e.caveat}" for e in ESTIMATORS.values())
ABOUT = (
    f"How rates are estimated: {HOW}; best is corrected where at least 30 labels and half of the traffic carry it, "
    "else raw; all gives one series for each estimator"
)


@router.get("/series", response_model=SeriesOut)
def get_series(
    state: State,
    caller: Read,
    between: Annotated[Between, Depends()],
    by_slice: Annotated[SliceQuery, Depends()],
    evaluator: str | None = None,
    criterion: str | None = None,
    rule: str | None = None,
    fingerprint: str | None = None,
    grain: Grain = Grain.DAY,
    method: Annotated[str, Query(description=ABOUT, json_schema_extra={"enum": [*methods()]})] = DEFAULT_METHOD,
) -> Response:
    """Rates with intervals over time, by `slice.NAME=VALUE` where asked (model, prompt_version, environment,
    service, stratum). Without parameters: every series of the last seven days that have data, by day.

    Exactly the traces of [`from`, `to`) count. A point whose bucket is cut by them is marked `partial`; buckets are
    those of `tz`. The answer names the edges that it used, and in `notes` why they are others, if they are."""
    query = SeriesQuery(
        evaluator=evaluator,
        criterion=criterion,
        rule=rule,
        fingerprint=fingerprint,
        start=between.start,
        end=between.end,
        grain=grain,
        zone=between.zone,
        slice=by_slice.values,
        method=method,
    )
    with state.places.read(caller.project) as unit:
        found = answer_series(unit, caller.project, query)
    return Response(series_json(found), media_type="application/json")
