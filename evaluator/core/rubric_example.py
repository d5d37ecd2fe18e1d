"""Worked examples of a rubric: samples with the verdicts that a careful person gives."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from evaluator.core.bounds import CHOICE_LABEL, EXAMPLE_ITEMS, EXAMPLE_TEXT, RUBRIC_TEXT, RUBRIC_TITLE
from evaluator.core.review.definition import text_of
from evaluator.core.rubric_text import Part

Input = Literal["question", "context", "answer", "system_prompt", "golden_answer", "tool_calls"]
"""What a judge may be shown of a sample."""
Material = Annotated[str, StringConstraints(max_length=EXAMPLE_TEXT.size)]
"""A text of an example, as it came."""


class ExampleCall(Part):
    """A tool that was called in an example."""

    name: Annotated[str, text_of(RUBRIC_TITLE)]
    arguments: Material = ""
    result: Material | None = None
    error: Material | None = None


class ExampleSample(Part):
    """The labelled sample that an example was made of."""

    target_kind: Annotated[str, text_of(RUBRIC_TITLE)]
    target_id: Annotated[str, text_of(RUBRIC_TEXT)]
    content_hash: Annotated[str, text_of(RUBRIC_TITLE)]


class RubricExample(Part):
    """A sample with the verdict that a careful person gives."""

    question: Material | None = None
    context: Annotated[
        tuple[Material, ...],
        BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
        Field(min_length=1, max_length=EXAMPLE_ITEMS.size),
    ] | None = None  # fmt: skip
    """The passages; one may be given as text."""
    answer: Material | None = None
    system_prompt: Material | None = None
    golden_answer: Material | None = None
    tool_calls: Annotated[tuple[ExampleCall, ...], Field(max_length=EXAMPLE_ITEMS.size)] | None = None
    """Empty: none was called."""
    missing: dict[Input, Annotated[str, text_of(RUBRIC_TEXT)]] = Field(default_factory=dict)
    """Inputs that this example does not have, and why."""
    label: Annotated[str, text_of(CHOICE_LABEL)]
    """One of the choices, or what a judge may say instead."""
    explanation: Annotated[str, StringConstraints(strip_whitespace=True, max_length=RUBRIC_TEXT.size)] = ""
    sample: ExampleSample | None = None
