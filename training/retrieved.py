"""Retrieved content and tool results, for the injection model: with instructions hidden in them, and clean.

What is cut out of a long text is what a window of the model holds: the instruction stands in it whole, or it is none.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from training.data import Row, held_out, read_rows
from training.prompts import typed_rows
from training.text_recipe import Example

HIDDEN = ("bipia", "indirect_mix", "injecagent", "garak_latent", "asb")
_WINDOW = (150, 450)
"""Characters of a cut, at least and at most."""
_FAQS = 2500


def content_rows(data: Path, *, held: bool) -> Iterator[Row]:
    """Labelled content that trains, or that is held out: a fifth of the instructions in a fifth of the contexts. What
    is of the one and not of the other does neither, so that nothing held out has an instruction or a context that
    trained."""
    for name in HIDDEN:
        rows = read_rows(data / f"injection/{name}.train.jsonl.gz")
        of_pair = {_pair(row): instruction for row in rows if (instruction := _instruction(row))}
        for row in rows:
            keys = [_instruction(row) or of_pair.get(_pair(row)), _context(row)]
            out = {held_out(f"hidden:{key}", 5) for key in keys if key}
            if out == {held}:
                yield row


def _instruction(row: Row) -> str:
    return str(row.meta.get("instruction") or "")


def _pair(row: Row) -> str:
    return row.id.rpartition("-")[0]


def _context(row: Row) -> str:
    """What names the content without its instruction: of tool results who asked, else how it begins."""
    return str(row.meta.get("user") or row.text.replace(_instruction(row), "").strip()[:60])


def hidden_instructions(data: Path, rng: random.Random) -> Iterator[Example]:
    """Cuts of labelled content: around each instruction, and clean ones of the same texts."""
    for row in content_rows(data, held=False):
        yield from cuts(row, rng)


def cuts(row: Row, rng: random.Random) -> Iterator[Example]:
    """One or two cuts of a text: one that holds what was put into it, and one that does not."""
    said = _instruction(row)
    start = row.text.find(said) if row.label == 1 and said else -1
    if row.label == 0:
        yield _cut(row.text, 0, 0, rng), 0, 1.0
    elif start >= 0:
        yield _cut(row.text, start, start + len(said), rng), 1, 1.0
        before = row.text[:start].rstrip()
        if len(before) > _WINDOW[0] and "wrapper" not in row.meta:  # whose lead-in is no part of the instruction
            yield _cut(before, 0, 0, rng), 0, 0.5
    elif len(row.text) <= _WINDOW[1]:
        yield row.text, 1, 1.0


def _cut(text: str, start: int, end: int, rng: random.Random) -> str:
    """A part of `text` that holds [start, end), which may be empty."""
    size = max(rng.randint(*_WINDOW), end - start)
    if start == end:
        start = end = rng.randint(0, max(0, len(text) - size))
    first = max(0, rng.randint(end - size, start))
    return text[first : max(end, first + size)]


def asked_and_answered(data: Path, rng: random.Random) -> Iterator[Example]:
    """Harmless content that speaks of requests: lists of questions, and conversations."""
    rows = typed_rows(data, "clinc_assistant", held=False)
    answers = [row.text for row in read_rows(data / "faithfulness/begin_wow.test.dev.jsonl.gz") if row.label == 0]
    for _ in range(_FAQS):
        asked = [row.text for row in rng.sample(rows, rng.randint(1, 4))]
        lead = rng.choice(
            (("Q: ", "\nA: "), ("User: ", "\nAgent: "), ("", "\n"), ("Customer wrote: ", "\nWe said: "))
        )
        yield "\n".join(f"{lead[0]}{one}{lead[1]}{rng.choice(answers)}" for one in asked), 0, 1.0
