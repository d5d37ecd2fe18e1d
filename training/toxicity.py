"""Train the toxicity model: ``python -m training.toxicity --data ../shared/data --out OUT --minutes 25``.

One text in, two logits out: abusive language, and hate at a group (`training.hate`). Sets of the first: Jigsaw
(without its held-out tenth), Davidson, Toxic Spans, and plain passages of BEGIN, HaluEval and SummEdits. What is calm
there is no hate either; whether what is toxic there is hateful is not known.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from training.data import Row, digest, held_out, read_rows
from training.hate import HEADS, labelled_hate, made_sentences
from training.identity import benign_sentences, identity_terms
from training.text_recipe import Example, harmless_passages, run

JIGSAW = "toxicity/jigsaw.train.jsonl.gz"


def held_out_comments(data: Path, limit: int | None) -> list[Row]:
    """Comments of the tenth that training never sees, or the first ``limit`` of it in the order of their hashes."""
    rows = [row for row in read_rows(data / JIGSAW) if held_out(row.id) and row.text.strip()]
    return sorted(rows, key=lambda row: digest(row.id))[:limit]


def jigsaw(data: Path, rng: random.Random) -> Iterator[Example]:
    """All toxic comments outside the held-out tenth, and calm ones, many of them with identity terms."""
    calm: list[str] = []
    for row in read_rows(data / JIGSAW):
        if held_out(row.id) or not row.text.strip():
            continue
        if row.label == 1:
            yield row.text, (1, None), 1.0
        else:
            calm.append(row.text)
    rng.shuffle(calm)
    named = [text for text in calm if identity_terms(text)]
    other = [text for text in calm if not identity_terms(text)]
    yield from ((text, (0, 0), 1.0) for text in named[:8000])
    yield from ((text, (0, 0), 1.0) for text in other[:12000])


def other_sets(data: Path, rng: random.Random) -> Iterator[Example]:
    """Tweets and news comments; mostly toxic sets are thinned and weighted down."""
    davidson = read_rows(data / "toxicity/davidson.train.jsonl.gz")
    rng.shuffle(davidson)
    toxic = [row for row in davidson if row.label == 1]
    yield from ((row.text, (1, None), 0.5) for row in toxic[:4000])
    yield from ((row.text, (0, 0), 1.0) for row in davidson if row.label == 0)
    spans = read_rows(data / "toxicity/toxic_spans.train.jsonl.gz")
    rng.shuffle(spans)
    yield from ((row.text, (1, None), 0.7) for row in spans[:4500])


def harmless_prose(data: Path, rng: random.Random) -> Iterator[Example]:
    """Encyclopaedic and business prose (nobody is insulted in it), and sentences about identities."""
    yield from ((text, (0, 0), 1.0) for text in harmless_passages(data, rng)[:4000])
    yield from ((text, (0, 0), 1.0) for text in benign_sentences())


if __name__ == "__main__":
    sources = (jigsaw, other_sets, harmless_prose, *(2 * (labelled_hate, made_sentences)))
    run(__doc__, sources, seed=20, minutes=25.0, heads=len(HEADS))
