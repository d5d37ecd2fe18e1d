"""Rubrics: what a judge is asked about a sample, and what it may answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Body, Query
from pydantic import BaseModel, ConfigDict, Field

from evaluator.api.routing import resource
from evaluator.api.state import Admin, Read, State
from evaluator.core.rubric import Rubric
from evaluator.pipeline.catalog.rubric_diff import diff_rubrics
from evaluator.pipeline.catalog.rubrics import (
    RUBRICS,
    KnownRubric,
    known_rubric,
    parse_rubric,
    rubrics_in_use,
    rubrics_of,
)
from evaluator.pipeline.catalog.rubrics import push_rubric as push
from evaluator.pipeline.trial.examples import with_examples
from evaluator.pipeline.trial.run import MOST, Trial
from evaluator.pipeline.trial.wanted import wanted_trial

router = resource("/api/v1/rubrics", "rubrics")


class RubricOut(BaseModel):
    """A version of a rubric: the project's own words or those that are shipped, and when it was stored."""

    name: str
    version: str
    source: Literal["project", "shipped"]
    created_at: datetime | None
    definition: Rubric


class RubricDiffOut(BaseModel):
    """What is another in the version `to` than in `from`: lines that name a change, each with ``- `` and ``+ `` lines
    of the two."""

    name: str
    before: str = Field(alias="from")
    after: str = Field(alias="to")
    lines: list[str]


def _out(found: KnownRubric) -> RubricOut:
    return RubricOut(
        name=found.definition.name,
        version=found.version,
        source=found.source,
        created_at=found.stored_at,
        definition=found.definition,
    )


@router.post("", status_code=201)
def push_rubric(
    state: State,
    caller: Admin,
    definition: dict[str, Any] = Body(),  # noqa: B008
    examples_from_labels: Annotated[
        int | None, Query(description="So many examples more, of the newest samples that people labelled")
    ] = None,
) -> RubricOut:
    """Store a version of a rubric, named by the hash of its content; what is pushed last is the one in use."""
    services = state.services
    rubric = parse_rubric(definition)
    with state.places.take(caller.project):
        if examples_from_labels is not None:
            rubric = with_examples(services.store, caller.project, rubric, examples_from_labels)
        return _out(push(services.store, caller.project, rubric, services.clock, actor=caller.actor))


class TrialIn(BaseModel):
    """What is to be tried: a rubric by name (at a `version`), or one that is not pushed yet as `definition`."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    version: str | None = None
    definition: dict[str, Any] | None = None
    parameters: dict[str, Any] = Field(default_factory=dict, description="As a rule gives them: model, provider, …")
    size: int = Field(default=10, description=f"Samples, 1 to {MOST}; each is asked about twice")
    rule: str | None = Field(default=None, description="An active rule whose rates and budget the costs are told for")
    rate: float = Field(default=1.0, description="Where no rule is named: the share of answers that would be judged")


@router.post("/test")
def try_rubric(state: State, caller: Admin, asked: TrialIn) -> Trial:
    """Run a rubric on samples of the newest traces: what is missing, what it would cost, how steady it is, and how
    it agrees with the labels that there are. It costs money, up to the deployment's limit for trials; nothing that
    it says enters a rate."""
    services = state.services
    with state.places.take(caller.project):
        with services.store.read() as unit:
            wanted = wanted_trial(unit, caller.project, **asked.model_dump())
        return services.try_rubric(caller.project, wanted)


@router.get("")
def list_rubrics(state: State, caller: Read, *, all_versions: bool = False) -> list[RubricOut]:
    """The rubrics in use, the project's own and shipped ones, or every version of them."""
    with state.places.read(caller.project) as unit:
        found = (rubrics_of if all_versions else rubrics_in_use)(unit, caller.project)
    return [_out(each) for each in found]


@router.get("/{name}")
def show_rubric(state: State, caller: Read, name: str, version: str | None = None) -> RubricOut:
    """A version of a rubric: the newest of the project unless named, else the shipped one."""
    with state.places.read(caller.project) as unit:
        return _out(known_rubric(unit, caller.project, name, version))


@router.get("/{name}/diff")
def diff(
    state: State,
    caller: Read,
    name: str,
    before: Annotated[str | None, Query(alias="from", description="A version; else the newest other one")] = None,
    after: Annotated[str | None, Query(alias="to", description="A version; else the newest")] = None,
) -> RubricDiffOut:
    """What changed between two versions of a rubric."""
    with state.places.read(caller.project) as unit:
        old, new = RUBRICS.pair(unit, caller.project, name, before, after)
    lines = diff_rubrics(old.definition, new.definition)
    return RubricDiffOut.model_validate({"name": name, "from": old.version, "to": new.version, "lines": lines})
