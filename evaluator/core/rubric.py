"""A rubric: what a judge is asked. Immutable versions, named by the hash of their content."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evaluator.core.criterion import Direction
from evaluator.core.ids import content_hash
from evaluator.core.names import Name


class Choice(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str = Field(min_length=1, max_length=64)
    value: float = Field(ge=0.0, le=1.0)
    description: str = ""


class RubricScale(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["categorical", "ordinal"]
    choices: tuple[Choice, ...] = Field(min_length=2)
    direction: Direction = Direction.HIGHER_IS_BETTER


class RubricCriterion(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    """Of the criterion that it judges by, as people answer it (`core.review.definition`)."""
    bad_when: str | tuple[str, ...]
    """The same in words for a judge."""


class RubricExample(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str | None = None
    context: str | tuple[str, ...] | None = None
    answer: str
    label: str
    explanation: str = ""


class Rubric(BaseModel):
    """Instructions, a scale of labelled choices and worked examples for an LLM judge."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    title: str
    version_note: str = ""
    description: str
    criterion: RubricCriterion
    target: Literal["answer"] = "answer"
    inputs: tuple[str, ...] = ("question", "context", "answer")
    scale: RubricScale
    instructions: str = Field(min_length=20)
    examples: tuple[RubricExample, ...] = ()

    @model_validator(mode="after")
    def _labels(self) -> Rubric:
        labels = {c.label for c in self.scale.choices}
        for i, example in enumerate(self.examples):
            if example.label not in labels:
                raise ValueError(f"examples[{i}].label {example.label!r} is not one of {sorted(labels)}")
        return self

    @property
    def version(self) -> str:
        return content_hash(self.model_dump(mode="json"))[:12]
