"""Hate at a group, and what only looks like it: sets that people labelled, and sentences by construction.

Two things go by one word. *Toxic* is abusive language: insults, threats, obscenity at somebody. *Hateful* is abuse at
people for the group that they belong to. Each example says what is known of either; what nobody knows is None.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from training.data import Row, held_out, read_rows
from training.grammar import expand
from training.hate_phrases import COUNTER, GROUPS, HATEFUL, PERSONS, RECLAIMED, THINGS
from training.loop import load_tokenizer
from training.text_recipe import Example, Label

HEADS = ("toxic", "hateful")
_QUOTED, _MADE = 700, 9000
"""Rows of quoted hate (it has thirty frames only), and sentences made by construction."""
Labels = tuple[Label, Label]


def held(row: Row, name: str) -> bool:
    """Whether a row belongs to the tenth that training never sees: whole pairs, whole sentences that are quoted."""
    pair = row.meta.get("pair")
    return held_out(
        f"hate:{row.meta.get('hate') or row.id.removeprefix('tg-')}" if pair is None else f"hate:{name}:{pair}"
    )


def told_apart(rows: Sequence[Row]) -> list[Row]:
    """The rows that differ from those of the other label in what the model reads: its vocabulary has no emoji."""
    read = [tuple(item.ids) for item in load_tokenizer().encode_batch([row.text for row in rows])]
    labels: dict[tuple[int, ...], set[int]] = {}
    for ids, row in zip(read, rows, strict=True):
        labels.setdefault(ids, set()).add(int(row.label))
    return [row for ids, row in zip(read, rows, strict=True) if len(labels[ids]) == 1]


def labels_of(name: str, row: Row) -> Labels | None:
    """(toxic, hateful) of a row of one of the sets; None to leave it out.

    A set whose other side nobody knows to be calm says nothing of toxic on either side: its style would.
    """
    bad = int(row.label) == 1
    if name.startswith(("hatemojibuild", "toxigen", "reddit", "edos")):  # counter-speech may be rude
        return None, int(bad)
    if name.startswith(("quoted", "stormfront")):
        return (1, 1) if bad else (0, 0)
    if name.startswith("paradetox"):  # swearing alone may be at somebody, or not
        return (0, 0) if not bad else (None, 0) if row.meta.get("profanity_only") else (1, None)
    if name.startswith("convabuse") and bad:
        return 1, 1 if row.meta.get("target", {}).get("generalised") else None
    return (1, None) if bad else (0, 0)


SETS = {
    "hatemojibuild.train": 0.7, "edos_sexist.train": 0.7, "edos_sexist.dev": 0.7, "toxigen_human.train": 1.0,
    "stormfront_sampled.train": 1.0, "gbv_counterspeech.train": 1.0, "reddit_counterspeech_human.train": 1.0,
    "quoted_hate.train": 1.0, "goemotions_friendly_swearing.train": 1.0, "convabuse.train": 1.0,
    "convabuse.valid": 1.0, "context_toxicity.train": 0.7, "paradetox.train": 0.5,
}  # fmt: skip
"""Files of people's labels, and what a row of them counts."""


def labelled_hate(data: Path, rng: random.Random) -> Iterator[Example]:
    """All sets, without their held-out tenth."""
    for name, weight in SETS.items():
        rows = [row for row in read_rows(data / f"toxicity/{name}.jsonl.gz") if row.text.strip()]
        if name.startswith("quoted"):
            rows = rng.sample(rows, _QUOTED)
        if name.startswith("hatemoji"):
            rows = told_apart(rows)
        for row in rows:
            if not held(row, name) and (labels := labels_of(name, row)) is not None:
                yield row.text, labels, weight


MADE: tuple[tuple[tuple[str, ...], Labels, float], ...] = (
    (HATEFUL, (1, 1), 1.0), (COUNTER, (0, 0), 1.0), (HATEFUL, (1, 1), 1.0), (COUNTER, (0, 0), 1.0),
    (THINGS, (0, 0), 0.5), (PERSONS, (1, 0), 0.5), (RECLAIMED, (None, 0), 0.5),
)  # fmt: skip
"""Frames of a kind, what is known of it, and what a sentence counts; each as often as it stands here."""


def made_sentences(_: Path, rng: random.Random) -> Iterator[Example]:
    """Sentences of every kind by construction, hate and its opposite as often."""
    for index in range(_MADE):
        frames, labels, weight = MADE[index % len(MADE)]
        text = expand(rng.choice(frames), GROUPS, rng)
        yield text[0].upper() + text[1:] if rng.random() < 0.8 else text.lower(), labels, weight
