"""The one protocol that every evaluator follows, built-in or plug-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from evaluator.core.criterion import Criterion, Scale
from evaluator.core.ids import content_hash
from evaluator.core.names import NAME
from evaluator.core.outcome import Outcome, ScoreKind
from evaluator.core.trace import Passage, Sample, ToolCall


class Resource(StrEnum):
    """What an evaluator spends its time on: names the queue that its jobs wait in."""

    COMPUTE = "score"
    PROVIDER = "judge"


class ModelRef(BaseModel):
    """A model by name and by the hash of its weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sha256: str


class EvaluatorSpec(BaseModel):
    """What an evaluator needs and produces. Known without importing torch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=f"^(?:{NAME}:)?{NAME}$")
    """One name, or that of a family of evaluators and of one in it: ``rubric:politeness``."""
    version: str
    title: str
    description: str
    needs: tuple[str, ...] = ("answer",)
    labels: tuple[str, ...] = ()
    scale: Scale = Scale()
    kind: ScoreKind = ScoreKind.MODEL
    resource: Resource = Resource.COMPUTE
    criterion: Criterion
    """The criterion that is used where a rule names none."""


@runtime_checkable
class Evaluator(Protocol):
    """Scores samples in batches.

    The constructor takes keyword parameters (JSON values) and `golden`, a `GoldenIndex`, where it needs one; it
    must not import torch: `open()` loads what is heavy and `close()` lets it go. `score` returns one outcome for
    each sample, in their order, and an outcome does not depend on the sample's neighbours (law 9).
    """

    @property
    def spec(self) -> EvaluatorSpec:
        """Of the class, or of this one alone: then it follows from what the constructor was given, and stays."""
        ...

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Everything that was chosen and can change a number, as JSON."""
        ...

    @property
    def models(self) -> Sequence[ModelRef]: ...

    def open(self) -> None: ...

    def close(self) -> None: ...

    def score(self, samples: Sequence[Sample]) -> list[Outcome]: ...


@runtime_checkable
class Priced(Protocol):
    """What an evaluator follows besides, where its calls cost money: only a rule with a budget may use it."""

    def price(self, samples: Sequence[Sample]) -> Sequence[float]:
        """For each sample, the most that scoring it once can cost (US dollars, >= 0), said before the call.

        The sum is reserved before `score` is called. Known without opening the evaluator, so that a plan can be
        priced as well.
        """
        ...


@runtime_checkable
class Waits(Protocol):
    """What an evaluator tells besides, that can not do without somebody who may not be there: a judge."""

    @property
    def waiting(self) -> str | None:
        """What is to be done before it can score, as a sentence with a command; None where it can."""
        ...


class GoldenItem(BaseModel):
    """A prompt and the responses that a careful person would give to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, max_length=200)
    prompt: str = Field(min_length=1, max_length=100_000)
    responses: tuple[str, ...] = Field(min_length=1, max_length=100)
    tags: tuple[str, ...] = ()
    context: str | None = None


def golden_version(items: Sequence[GoldenItem]) -> str:
    """Names the content of a golden set, wherever it is kept."""
    return content_hash([item.model_dump(mode="json") for item in items])[:12]


class GoldenIndex(Protocol):
    """Where an evaluator gets the items of a golden set from; the store implements it."""

    def version(self, name: str, version: str | None = None) -> str:
        """The version hash that `name` (at `version`, or the newest) has. Raises NotFound."""
        ...

    def items(self, name: str, version: str) -> Sequence[GoldenItem]: ...


def manifest(evaluator: Evaluator) -> dict[str, Any]:
    """Everything that can change a number of this evaluator, as JSON."""
    return {
        "evaluator": evaluator.spec.name,
        "version": evaluator.spec.version,
        "scale": evaluator.spec.scale.model_dump(mode="json"),
        "parameters": dict(evaluator.parameters),
        "models": [m.model_dump() for m in evaluator.models],
    }


def fingerprint(evaluator: Evaluator) -> str:
    """The hash of `manifest(evaluator)`: two evaluators with one fingerprint give the same numbers."""
    return content_hash(manifest(evaluator))


def sample_of(
    question: str,
    answer: str,
    context: Sequence[str] = (),
    *,
    system_prompt: str | None = None,
    tool_calls: Sequence[ToolCall] = (),
    target_id: str = "adhoc",
) -> Sample:
    """A sample from plain texts, for files, tests and notebooks."""
    return Sample(
        project="default",
        target_kind="answer",
        target_id=target_id,
        question=question,
        answer=answer,
        passages=tuple(Passage(text=t) for t in context),
        system_prompt=system_prompt,
        tool_calls=tuple(tool_calls),
    )
