from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

from training.data import held_out, read_rows
from training.faithfulness_data import changed_spans
from training.identity import benign_sentences, identity_terms
from training.loop import Encoded, batches, collate
from training.passages import bundles


def test_the_held_out_tenth_never_moves() -> None:
    chosen = [index for index in range(200) if held_out(f"jigsaw-{index}")]
    assert chosen == [index for index in range(200) if held_out(f"jigsaw-{index}")]
    assert chosen[:3] == [3, 20, 30]
    share = sum(held_out(f"row-{index}") for index in range(5000)) / 5000
    assert 0.08 < share < 0.12


def test_rows_are_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.write(json.dumps({"id": 1, "context": ["a", "b"], "question": None, "answer": "c", "label": 0}) + "\n")
    (row,) = read_rows(path)
    assert (row.id, row.context, row.question, row.text, row.label, row.meta) == ("1", "a\n\nb", "", "c", 0, {})


def test_changed_words_are_found() -> None:
    old, new = "It rose to 5 million in May.", "It fell to 5 million in June."
    spans = changed_spans(old, new)
    assert spans is not None
    assert [new[start:end] for start, end in spans] == ["fell", "June."]
    assert changed_spans("nothing alike", "completely other words here") is None


def test_bundles_hold_every_text_once() -> None:
    texts = [f"Text number {index}." for index in range(40)]
    joined = " ".join(item.text for item in bundles("t", texts, random.Random(1)))
    assert joined == " ".join(texts)


def test_batches_hold_every_example_once_an_epoch() -> None:
    examples = [Encoded([101] + [7] * (index % 30) + [102], [0] * (index % 30 + 2), index) for index in range(500)]
    stream = batches(examples, 256, seed=3)
    seen: list[int] = []
    while len(seen) < 500:
        batch = next(stream)
        assert batch.tokens <= 256
        seen += batch.labels.tolist()
    assert sorted(seen) == list(range(500))


def test_padding_is_masked_and_unlabelled() -> None:
    batch = collate(
        [Encoded([101, 5, 102], [0, 0, 0], 1, token_labels=[-1.0, 1.0, -1.0]), Encoded([101, 102], [0, 0], 0)]
    )
    assert batch.mask.tolist() == [[True, True, True], [True, True, False]]
    assert batch.token_labels.tolist() == [[-1.0, 1.0, -1.0], [-1.0, -1.0, -1.0]]


def test_benign_sentences_hold_identity_terms() -> None:
    sentences = benign_sentences()
    assert len(set(sentences)) == len(sentences) > 100
    assert all(identity_terms(sentence) for sentence in sentences)
