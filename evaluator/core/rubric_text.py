"""What the words of a rubric may be: no labels that a judge would take for each other, no places for material."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import combinations
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from evaluator.core.bounds import RUBRIC_TEXT
from evaluator.core.review.definition import text_of
from evaluator.core.review.label import Answered

Wrong = tuple[str, str]
"""A problem and its remedy."""
RESERVED = (Answered.CANNOT_TELL.value, Answered.DOES_NOT_APPLY.value)
"""What every judge may say instead of a choice."""
_LEFT_OUT = ("Z", "C", "Pd", "Pc")
"""Categories of characters (blanks, controls, dashes, underscores) by which no two labels are told apart."""
_FACTS = (
    "question|query|input|prompt|user_input|context|contexts|documents|passages|answer|output|response|completion|"
    "system_prompt|golden_answer|reference|expected|expected_output|tool_calls|conversation|messages"
)
_PLACEHOLDER = re.compile(
    r"\{[{%][^{}\n]{0,40}[}%]{0,2}"  # Jinja, Mustache, Handlebars
    r"|\$\{[^{}\n]{0,40}\}?"  # shells, JavaScript
    r"|(?<![A-Za-z}])\{\s*[^\W\d][\w.\[\]-]{0,60}(?:![rsa])?\s*\}"  # str.format, f-strings; not the {a} of \frac{a}
    r"|\{\d{1,3}\}"
    r"|%\([^\W\d]\w{0,60}\)[sdr]"
    rf"|\{{\s*(?:{_FACTS})\s*\}}|\[\[\s*(?:{_FACTS})\s*\]\]|<<\s*(?:{_FACTS})\s*>>|\$(?:{_FACTS})\b",
    re.IGNORECASE,
)


def folded(label: str) -> str:
    """`label` as a judge might write it: without case, blanks, hyphens, underscores and forms of one character."""
    wide = unicodedata.normalize("NFKC", label).casefold()
    return "".join(c for c in wide if not unicodedata.category(c).startswith(_LEFT_OUT))


def confused(labels: Sequence[str]) -> Wrong | None:
    """What is wrong with the labels of a scale; None where each reply can mean one of them only."""
    for label in labels:
        if not folded(label):
            return f"the label {label!r} holds neither a letter nor a digit", "Give it a word"
        if folded(label) in map(folded, RESERVED):
            return f"{label!r} is no choice: every judge may say so instead of one", "Leave it out"
    for one, other in combinations((*labels, *RESERVED), 2):
        a, b = sorted((folded(one), folded(other)), key=len)
        if a == b:
            return f"the labels {one!r} and {other!r} would be taken for each other", "Rename one"
        if b.startswith(a) and not (
            len(a) == 1 and other in RESERVED
        ):  # grades from A to D are told apart from those
            return f"a reply could be read as {one!r} or as {other!r}, as one begins like the other", "Rename one"
    return None


def placeholder(text: str) -> str | None:
    """The first place in `text` where somebody meant material to be put in (``{question}``); None where there is
    none."""
    found = _PLACEHOLDER.search(text)
    return None if found is None else found.group()


class Part(BaseModel):
    """What a rubric is made of: immutable, and without fields of others."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def without_places(text: str) -> str:
    """`text`, where it holds no place for material. Raises ValueError naming the first one."""
    if found := placeholder(text):
        raise ValueError(
            f'holds {found!r}, a place for material; leave it out and speak of "the answer": what is judged is shown '
            "beside the instructions and never pasted into them"
        )
    return text


Said = Annotated[str, text_of(RUBRIC_TEXT), AfterValidator(without_places)]
"""A text that a judge is told."""
