"""How far evaluators agree with people, and what that says of thresholds and of more labels."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from evaluator.api.routing import resource
from evaluator.api.state import Read, State
from evaluator.api.times import Between
from evaluator.core.slicing import SLICE_DIMENSIONS
from evaluator.pipeline.calibration.agreement import AgreementAnswer, read_agreement
from evaluator.pipeline.calibration.budget import HALF_WIDTH, Budget, read_budget
from evaluator.pipeline.calibration.thresholds import ThresholdAnswer, read_thresholds

router = resource("/api/v1", "agreement")

By = Annotated[
    str | None,
    Query(description="Each value of a dimension as well", json_schema_extra={"enum": [*SLICE_DIMENSIONS]}),
]


@router.get("/agreement")
def get_agreement(
    state: State,
    caller: Read,
    between: Annotated[Between, Depends()],
    criterion: Annotated[str | None, Query(description="Else that of the rule, or the last that was asked")] = None,
    rule: Annotated[str | None, Query(description="Only evaluator versions of this rule")] = None,
    fingerprint: Annotated[str | None, Query(description="Only this evaluator version")] = None,
    by: By = None,
) -> AgreementAnswer:
    """How far every evaluator version agrees with people by a criterion, and people with each other, on traces that
    began in [`from`, `to`): each number with its interval or the reason why there is none, weighted to all traffic
    by how likely samples were to be drawn. Without labels the answer says so, and how to begin.
    """
    with state.places.read(caller.project) as unit:
        return read_agreement(
            unit, caller.project, criterion, fingerprint=fingerprint, rule=rule, start=between.start,
            end=between.end, by=by,
        )  # fmt: skip


@router.get("/thresholds")
def get_thresholds(
    state: State,
    caller: Read,
    between: Annotated[Between, Depends()],
    rule: Annotated[str, Query(description="The name of a rule")],
) -> ThresholdAnswer:
    """The calibrator that predicts held-out labels of a rule's evaluator best, the threshold that they propose, and
    what it would change. Nothing is changed by asking."""
    with state.places.read(caller.project) as unit:
        return read_thresholds(unit, caller.project, rule, start=between.start, end=between.end)


@router.get("/labels/budget")
def get_budget(
    state: State,
    caller: Read,
    between: Annotated[Between, Depends()],
    rule: Annotated[str, Query(description="The name of a rule")],
    half_width: Annotated[
        float | None, Query(description=f"For a rate ± this; {HALF_WIDTH} where no aim is given")
    ] = None,
    change: Annotated[float | None, Query(description="Or to see that the rate changed by this")] = None,
) -> Budget:
    """How many labels the rate of a rule needs with its evaluator and without, by what was learned so far, and what
    the next ones buy; over [`from`, `to`), or the last seven days with data."""
    with state.places.read(caller.project) as unit:
        return read_budget(
            unit, caller.project, rule, half_width=half_width, change=change, window=(between.start, between.end)
        )
