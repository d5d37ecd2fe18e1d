"""What of a sample is put before a judge, and in how many parts."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluator.core.evaluator import GoldenIndex
from evaluator.core.rubric import Rubric
from evaluator.core.trace import Sample
from evaluator.judges.prompt import context_text, tools_text
from evaluator.judges.size import BYTES_A_TOKEN, about_tokens

MAX_PARTS = 16
"""Of one sample; what needs more is too long."""


@dataclass(frozen=True, slots=True)
class GoldenAnswers:
    """A version of a golden set that a rubric compares with."""

    source: GoldenIndex
    name: str
    version: str

    def by_prompt(self) -> dict[str, str]:
        """The responses as one text each, by the prompt as `folded` gives it."""
        items = self.source.items(self.name, self.version)
        return {folded(item.prompt): "\n\n".join(item.responses) for item in items}


def folded(prompt: str) -> str:
    """A prompt without what makes no difference: case, width and blanks."""
    return " ".join(unicodedata.normalize("NFKC", prompt).casefold().split())


def material_of(sample: Sample, inputs: Sequence[str], golden: Mapping[str, str]) -> dict[str, str]:
    """The `inputs` of a rubric that `sample` has, as texts; a golden answer where its question has one."""
    found = {
        "question": sample.question,
        "context": context_text(sample.passages),
        "answer": sample.answer,
        "system_prompt": sample.system_prompt or "",
        "tool_calls": tools_text(sample.tool_calls),
        "golden_answer": golden.get(folded(sample.question), ""),
    }
    return {field: found[field] for field in inputs if found[field].strip()}


def in_parts(rubric: Rubric, material: Mapping[str, str], room: int | None) -> list[dict[str, str]] | None:
    """The material as a judge reads it, whose window has `room` tokens for it (None: not known, all goes in one).

    Where it is longer, the field that the rubric names is cut at line ends or blanks into as few parts as will do,
    each beside all the rest; None where the rubric names none, or that does not help.
    """
    whole = dict(material)
    if room is None or about_tokens(*whole.values()) <= room:
        return [whole]
    if rubric.long is None or rubric.long.field not in whole:
        return None
    field = rubric.long.field
    left = room - about_tokens(*(text for name, text in whole.items() if name != field))
    size = int(left * BYTES_A_TOKEN)
    if size < 200 or len(whole[field]) > MAX_PARTS * size:  # a character has a byte at least
        return None
    cut = _cut(whole[field], size)
    return None if len(cut) > MAX_PARTS else [{**whole, field: text} for text in cut]


def _cut(text: str, size: int) -> list[str]:
    """`text` in pieces of at most `size` bytes, nothing left out, cut where lines or words end if there is such a
    place in the second half of a piece."""
    pieces = []
    while text:
        end = min(len(text), size)
        while len(text[:end].encode("utf-8", "replace")) > size:
            end = max(1, end * size // len(text[:end].encode("utf-8", "replace")))
        if end < len(text):
            places = [text.rfind(mark, end // 2, end) + len(mark) for mark in ("\n\n", "\n", " ")]
            end = next((place for place in places if place > end // 2), end)
        pieces.append(text[:end])
        text = text[end:]
    return pieces
