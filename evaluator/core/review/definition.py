"""A criterion as people answer it: a question, the levels of its answer, and how to choose among them."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from evaluator.core.bounds import CRITERION_TEXT, CRITERION_TITLE, GUIDANCE, LEVEL_TITLE, LEVELS, Bound
from evaluator.core.criterion import BAD_FROM
from evaluator.core.ids import content_hash
from evaluator.core.names import Name
from evaluator.core.review.label import Answered

CANNOT_TELL = "What is shown does not suffice to decide."
"""When whoever judges is to say so, unless told otherwise. It is part of what a version says: not to be changed."""


def text_of(bound: Bound, least: int = 1) -> StringConstraints:
    """Some text; blanks around it, which a YAML block may leave, make no other version."""
    return StringConstraints(strip_whitespace=True, min_length=least, max_length=bound.size)


class Level(BaseModel):
    """One answer to a criterion."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Name
    title: Annotated[str, text_of(LEVEL_TITLE)]
    bad: float = Field(ge=0.0, le=1.0)
    """How bad a sample is that has it; 1 is as bad as can be."""
    when: Annotated[str, text_of(CRITERION_TEXT)]
    """When to choose it, said to a reviewer."""

    @property
    def is_bad(self) -> bool:
        """Whether whoever chooses it calls the sample bad, where only yes or no is asked."""
        return self.bad >= BAD_FROM


class CriterionDefinition(BaseModel):
    """What is asked of whoever judges a sample by a criterion, and what may be answered.

    Versions are immutable and named by their content. A label answers a criterion, whoever else scored it, so the
    name is the one that rules and evaluators give to theirs (`core.criterion.Criterion.name`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    title: Annotated[str, text_of(CRITERION_TITLE)]
    question: Annotated[str, text_of(CRITERION_TEXT)]
    """Put to a reviewer; a no is good and a yes is bad, or the levels say what else."""
    guidance: Annotated[str, StringConstraints(strip_whitespace=True, max_length=GUIDANCE.size)] = ""
    """How to decide, and what to do where that is hard. Plain text, paragraphs parted by blank lines."""
    scale: Literal["ordinal", "categorical"] = "ordinal"
    """Whether the levels are degrees of one thing, so that two answers can be near each other."""
    levels: tuple[Level, ...] = Field(min_length=int(LEVELS.least or 0), max_length=LEVELS.size)
    """From the best to the worst."""
    cannot_tell: Annotated[str, text_of(CRITERION_TEXT)] = CANNOT_TELL
    """When a reviewer is to say so. It counts as no answer."""
    does_not_apply: Annotated[str, text_of(CRITERION_TEXT)] | None = None
    """When the criterion does not apply to a sample; None: it applies to every one."""
    marks: Annotated[str, text_of(CRITERION_TITLE)] | None = None
    """What of the answer may be marked (``the words that the passages do not support``); None: nothing."""

    @field_validator("levels")
    @classmethod
    def _levels(cls, levels: tuple[Level, ...]) -> tuple[Level, ...]:
        twice = [label for label, n in Counter(level.label for level in levels).items() if n > 1]
        if twice:
            raise ValueError(f"{twice[0]!r} stands there twice; give each level a label of its own")
        taken = [level.label for level in levels if level.label in set(Answered)]
        if taken:
            raise ValueError(f"{taken[0]!r} is no level: everybody can say so instead of one; leave it out")
        if [level.bad for level in levels] != sorted(level.bad for level in levels):
            raise ValueError("must go from the best (the lowest `bad`) to the worst; put them in that order")
        if levels[0].is_bad or not levels[-1].is_bad:
            raise ValueError(f"must have one that is bad (`bad` from {BAD_FROM}) and one that is not; change `bad`")
        return levels

    @property
    def version(self) -> str:
        return content_hash(self.model_dump(mode="json"))[:12]

    def level(self, label: str) -> Level | None:
        """The level of this label, if there is one."""
        return next((level for level in self.levels if level.label == label), None)
