"""Retrieved content and tool results, for the injection model: with instructions hidden in them, and clean.

What is cut out of a long text is what a window of the model holds: the instruction stands in it whole, or it is none.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from training.data import Row, held_out, read_rows
from training.text_recipe import Example

HIDDEN = ("bipia", "indirect_mix", "injecagent", "garak_latent", "asb")
_WINDOW = (150, 450)
"""Characters of a cut, at least and at most."""
_FAQS = 2500


def content_rows(data: Path, *, held: bool) -> Iterator[Row]:
    """Labelled content of the training part (or of the held-out tenth): whole pairs, and whole instructions."""
    for name in HIDDEN:
        for row in read_rows(data / f"injection/{name}.train.jsonl.gz"):
            pair = row.id.rpartition("-")[0] if name == "indirect_mix" else ""
            if held_out(f"hidden:{pair or row.meta.get('instruction') or row.text[:60]}") == held:
                yield row


def hidden_instructions(data: Path, rng: random.Random) -> Iterator[Example]:
    """Cuts of labelled content: around each instruction, and clean ones of the same texts."""
    for row in content_rows(data, held=False):
        yield from cuts(row, rng)


def cuts(row: Row, rng: random.Random) -> Iterator[Example]:
    """One or two cuts of a text: one that holds what was put into it, and one that does not."""
    said = str(row.meta.get("instruction") or "")
    start = row.text.find(said) if row.label == 1 and said else -1
    if row.label == 0:
        yield _cut(row.text, 0, 0, rng), 0, 1.0
    elif start >= 0:
        yield _cut(row.text, start, start + len(said), rng), 1, 1.0
        before = row.text[:start].rstrip()
        if len(before) > _WINDOW[0]:
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
    rows = read_rows(data / "injection/clinc_assistant.train.jsonl.gz")
    answers = [row.text for row in read_rows(data / "faithfulness/begin_wow.test.dev.jsonl.gz") if row.label == 0]
    for _ in range(_FAQS):
        asked = [row.text for row in rng.sample(rows, rng.randint(1, 4))]
        lead = rng.choice(
            (("Q: ", "\nA: "), ("User: ", "\nAgent: "), ("", "\n"), ("Customer wrote: ", "\nWe said: "))
        )
        yield "\n".join(f"{lead[0]}{one}{lead[1]}{rng.choice(answers)}" for one in asked), 0, 1.0
