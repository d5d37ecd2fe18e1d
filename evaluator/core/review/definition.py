"""A criterion as people answer it: a question, the levels of its answer, and how to choose among them."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evaluator.core.ids import content_hash
from evaluator.core.names import Name

MOST_LEVELS = 9
"""Each level has a key of its own: 1 to 9."""


class Level(BaseModel):
    """One answer to a criterion."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Name
    title: str = Field(min_length=1, max_length=80)
    bad: float = Field(ge=0.0, le=1.0)
    """How bad a sample is that has it; 1 is as bad as can be."""
    when: str = Field(min_length=1, max_length=1000)
    """When to choose it, said to a reviewer."""


class CriterionDefinition(BaseModel):
    """What is asked of whoever judges a sample by a criterion, and what may be answered.

    Versions are immutable and named by their content. A label answers a criterion, whoever else scored it, so the
    name is the one that rules and evaluators give to theirs (`core.criterion.Criterion.name`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    name: Name
    title: str = Field(min_length=1, max_length=200)
    question: str = Field(min_length=1, max_length=1000)
    """Put to a reviewer; a no is good and a yes is bad, or the levels say what else."""
    guidance: str = Field(default="", max_length=20_000)
    """How to decide, and what to do where that is hard. Plain text, paragraphs parted by blank lines."""
    levels: tuple[Level, ...] = Field(min_length=2, max_length=MOST_LEVELS)
    """From the best to the worst."""
    cannot_tell: str = Field(default="What is shown does not suffice to decide.", min_length=1, max_length=1000)
    """When a reviewer is to say so. It counts as no answer."""
    does_not_apply: str | None = Field(default=None, min_length=1, max_length=1000)
    """When the criterion does not apply to a sample; None: it applies to every one."""
    marks: str | None = Field(default=None, min_length=1, max_length=200)
    """What of the answer may be marked (``the words that the passages do not support``); None: nothing."""

    @model_validator(mode="after")
    def _levels(self) -> CriterionDefinition:
        twice = [label for label, n in Counter(level.label for level in self.levels).items() if n > 1]
        if twice:
            raise ValueError(f"levels: {twice[0]!r} stands there twice; give each level a label of its own")
        if len({level.bad for level in self.levels}) < 2:
            raise ValueError("levels: all are equally bad, so that no answer says anything; give at least two values")
        if [level.bad for level in self.levels] != sorted(level.bad for level in self.levels):
            raise ValueError("levels: give them from the best (the lowest `bad`) to the worst")
        return self

    @cached_property
    def version(self) -> str:
        return content_hash(self.model_dump(mode="json"))[:12]

    def level(self, label: str) -> Level | None:
        """The level of this label, if there is one."""
        return next((level for level in self.levels if level.label == label), None)
