"""The scale of a rubric: the choices of a judge, their values and which end is good."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from evaluator.core.bounds import CHOICE_LABEL, CHOICES
from evaluator.core.criterion import BAD_FROM, Direction, Scale
from evaluator.core.errors import WrongField
from evaluator.core.review.definition import text_of
from evaluator.core.rubric_text import Part, Said, Wrong, confused, folded


class Choice(Part):
    """One verdict that a judge may give."""

    label: Annotated[str, text_of(CHOICE_LABEL)]
    value: Annotated[float, Field(ge=0.0, le=1.0), AfterValidator(lambda value: value + 0.0)]
    """On the scale of the rubric; -0 is 0, so that it makes no other version."""
    description: Said
    """When to choose it."""


class RubricScale(Part):
    """The choices of a judge, and which end of their values is good."""

    type: Literal["binary", "ordinal", "categorical"]
    choices: tuple[Choice, ...] = Field(min_length=int(CHOICES.least or 0), max_length=CHOICES.size)
    direction: Direction = Direction.HIGHER_IS_BETTER

    @model_validator(mode="after")
    def _choices(self) -> RubricScale:
        if (found := confused(self.labels) or self._alike() or self._values()) is not None:
            raise WrongField("choices", *found)
        return self

    def _alike(self) -> Wrong | None:
        seen: dict[str, str] = {}
        for choice in self.choices:
            before = seen.setdefault(folded(choice.description), choice.label)
            if before != choice.label:
                return f"{before!r} and {choice.label!r} have the same description", "Say when to choose which"
        return None

    def _values(self) -> Wrong | None:
        values = [choice.value for choice in self.choices]
        if self.type == "binary" and len(values) != 2:
            return f"are {len(values)}, and a binary scale has 2", "Make it ordinal or categorical"
        if self.type == "ordinal" and values not in (sorted(set(values)), sorted(set(values), reverse=True)):
            return "do not go up or down from each value to the next, as those of an ordinal scale", "Order them"
        if len(self.bad_labels) in (0, len(values)):
            side = "less" if self.direction is Direction.HIGHER_IS_BETTER else "more"
            problem = f"must have one that is bad (a value of {BAD_FROM} or {side}) and one that is not"
            return problem, "Change values, or `direction`"
        return None

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(choice.label for choice in self.choices)

    @property
    def scale(self) -> Scale:
        """The same as evaluators declare theirs: values in [0, 1]."""
        return Scale(direction=self.direction)

    def value(self, label: str) -> float:
        """The value in [0, 1] of a choice, by its label as it stands there. Raises KeyError."""
        return {choice.label: choice.value for choice in self.choices}[label]

    def bad(self, label: str) -> float:
        """How bad a sample of this label is, in [0, 1] with 1 = bad. Raises KeyError."""
        return self.scale.badness(self.value(label))

    @property
    def bad_labels(self) -> tuple[str, ...]:
        """The labels that somebody who judges calls bad, in the order of the choices."""
        return tuple(label for label in self.labels if self.bad(label) >= BAD_FROM)
