"""Our encoder says what sentence-transformers says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from evaluator.models.encoder.cache import Floats
from evaluator.models.encoder.precision import PRECISIONS, TOLERANCES, Precision
from evaluator.models.readers.bertscore import BertScore
from evaluator.models.readers.embedder import MAX_PIECES, Embedder
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


FP32 = Runtime(threads=1, precision="fp32", cache_bytes=0)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder(FP32)


@pytest.fixture(scope="module")
def theirs(embedder: Embedder) -> Floats:
    """What sentence-transformers makes of the texts."""
    return SentenceTransformer(str(embedder.folder), device="cpu").encode(TEXTS, normalize_embeddings=True)


def test_parity_with_sentence_transformers(embedder: Embedder, theirs: Floats) -> None:
    assert np.abs(embedder.encode(TEXTS) - theirs).max() < 1e-4


def test_reduced_precision_stays_within_its_tolerance(theirs: Floats) -> None:
    found = Embedder(replace(FP32, precision="bf16")).encode(TEXTS)
    cosines = (found * theirs).sum(axis=1)
    assert np.abs(found - theirs).max() > 1e-5, "this is not bf16"
    assert cosines.min() > 0.999
    pairs = np.abs(found @ found.T - theirs @ theirs.T)
    assert pairs.max() < TOLERANCES["bf16"] / 3


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


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_small_budget_changes_nothing(precision: Precision) -> None:
    usual = Embedder(replace(FP32, precision=precision))
    small = Embedder(replace(FP32, precision=precision, token_budget=512))
    assert np.abs(usual.encode(TEXTS) - small.encode(TEXTS)).max() < 1e-5


def test_one_encoder_for_embeddings_and_bertscore(embedder: Embedder) -> None:
    assert Embedder(FP32)._base is embedder._base
    assert BertScore(FP32, layer=6)._base is embedder._base
    other = Embedder(replace(FP32, precision="bf16"))._base
    assert other.encoder is not embedder._base.encoder
    assert other.encoder.embeddings is embedder._base.encoder.embeddings, "47 MB, twice"


def test_a_text_is_embedded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cached = Embedder(replace(FP32, cache_bytes=1_000_000))
    first = cached.encode(["one", "two", "one"])
    assert cached.cached[:2] == (0, 2), "hits and misses of distinct texts"
    monkeypatch.setattr(cached._base, "run", lambda rows, _: pytest.fail("read again") if rows else iter(()))
    again = cached.encode(["two", "one"])
    assert (again == first[[1, 0]]).all()
    assert cached.cached[:2] == (2, 2)
    again += 1.0
    assert (cached.encode(["two"])[0] == first[1]).all(), "what is handed out is the caller's own"
