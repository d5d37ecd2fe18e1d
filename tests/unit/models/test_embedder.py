"""Our encoder says what sentence-transformers says."""

from __future__ import annotations

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from evaluator.models.bertscore import BertScore
from evaluator.models.embedder import MAX_PIECES, Embedder
from evaluator.models.runtime import Runtime

TEXTS = [
    "hello world",
    "The library opens at 9 and closes at 17 on weekdays. " * 9,
    "",
    "   ",
    "東京は日本の首都です",
    "émigré naïve façade",
    "a" * 300,
    "🙂 emoji مرحبا بالعالم",
    "x\x00y\x07",
    "12,000.50 € — “quoted”",
]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder(Runtime(threads=1))


def test_parity_with_sentence_transformers(embedder: Embedder) -> None:
    theirs = SentenceTransformer(str(embedder.folder), device="cpu").encode(TEXTS, normalize_embeddings=True)
    assert np.abs(embedder.encode(TEXTS) - theirs).max() < 1e-4


def test_neighbours_do_not_matter(embedder: Embedder) -> None:
    together = embedder.encode(TEXTS)
    alone = np.stack([embedder.encode([text])[0] for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-5
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)


def test_the_end_of_a_long_text_counts(embedder: Embedder) -> None:
    start = "The harbour was quiet in the morning. " * 60
    assert embedder.pieces.count(start) > MAX_PIECES
    one, other = embedder.encode([start + "Bread prices rose. " * 60, start + "The choir sang psalms. " * 60])
    assert float(one @ other) < 0.95
    assert embedder.encode([]).shape == (0, 384)


def test_a_small_budget_changes_nothing(embedder: Embedder) -> None:
    small = Embedder(Runtime(token_budget=512, threads=1))
    assert np.abs(embedder.encode(TEXTS) - small.encode(TEXTS)).max() < 1e-5


def test_embeddings_are_shared_between_models(embedder: Embedder) -> None:
    other = Embedder(Runtime(threads=1))
    assert other._encoder.embeddings is embedder._encoder.embeddings
    assert other._encoder.encoder is not embedder._encoder.encoder


def test_bertscore_survives_empty_and_hostile_texts() -> None:
    scorer = BertScore(Runtime(threads=1), layer=6)
    same, empty, control, surrogate = scorer.f1(
        ["Ice floats on water.", "", "\x00", "a \ud800 b"], ["Ice floats on water.", "x", "\x01", "a b"]
    )
    assert same == pytest.approx(1.0, abs=1e-4)
    assert (empty, control) == (0.0, 0.0)
    assert surrogate == pytest.approx(1.0, abs=1e-4), "what is no character is dropped"
    assert scorer.f1([], []) == []
    assert scorer.truncated("word " * 600)
    assert not scorer.truncated("word " * 500)


def test_bertscore_does_not_depend_on_neighbours() -> None:
    scorer = BertScore(Runtime(threads=1), layer=6)
    pairs = [("It opens at nine.", "Opening time is nine."), ("No.", "The answer is no, it is not so. " * 20)]
    together = scorer.f1([a for a, _ in pairs], [b for _, b in pairs])
    assert together == pytest.approx([scorer.f1([a], [b])[0] for a, b in pairs], abs=1e-5)
