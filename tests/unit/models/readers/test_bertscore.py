"""Our BERTScore says what bert-score says, and survives what that one does not."""

from __future__ import annotations

from dataclasses import replace

import bert_score
import pytest

from evaluator.core.errors import InvalidInput
from evaluator.models.encoder.precision import TOLERANCES
from evaluator.models.files.loading import embedder_dir
from evaluator.models.readers.bertscore import BertScore
from evaluator.models.runtime import Runtime

FP32 = Runtime(threads=1, precision="fp32")
CANDIDATES = [
    "It opens at nine.",
    "No.",
    "The capital of Japan is Tokyo, which has about fourteen million people.",
    "emigre naive facade " * 30,
    "Ice floats on water because it is less dense. " * 80,
    "12,000.50 euros",
    "ok",
]
REFERENCES = [
    "Opening time is nine.",
    "The answer is no, it is not so. " * 20,
    "Tokyo.",
    "unrelated words about a river",
    "Ice is lighter than water, and so it floats. " * 90,
    "EUR 12000.5",
    "ok",
]


@pytest.mark.parametrize("layer", [4, 6])
def test_parity_with_bert_score(layer: int) -> None:
    theirs = bert_score.BERTScorer(
        model_type=str(embedder_dir(FP32)), num_layers=layer, use_fast_tokenizer=True, device="cpu"
    )
    # One pair at a time: in a batch, its padding counts as a cosine of 0 where all true ones are negative.
    expected = theirs.score(CANDIDATES, REFERENCES, batch_size=1)[2].tolist()
    assert BertScore(FP32, layer).f1(CANDIDATES, REFERENCES) == pytest.approx(expected, abs=1e-4)
    rough = BertScore(replace(FP32, precision="bf16"), layer).f1(CANDIDATES, REFERENCES)
    assert rough == pytest.approx(expected, abs=TOLERANCES["bf16"] / 3)
    assert rough != pytest.approx(expected, abs=1e-6), "this is not bf16"


def test_empty_and_hostile_texts() -> None:
    scorer = BertScore(FP32, layer=6)
    same, empty, control, surrogate = scorer.f1(
        ["Ice floats on water.", "", "\x00", "a \ud800 b"], ["Ice floats on water.", "x", "\x01", "a b"]
    )
    assert same == pytest.approx(1.0, abs=1e-4)
    assert (empty, control) == (0.0, 0.0)
    assert surrogate == pytest.approx(1.0, abs=1e-4), "what is no character is dropped"
    assert scorer.f1([], []) == []
    assert scorer.truncated("word " * 600)
    assert not scorer.truncated("word " * 500)


def test_neighbours_do_not_matter() -> None:
    scorer = BertScore(replace(FP32, cache_bytes=0), layer=6)
    together = scorer.f1(CANDIDATES * 20, REFERENCES * 20)
    alone = [scorer.f1([c], [r])[0] for c, r in zip(CANDIDATES, REFERENCES, strict=True)]
    assert together == pytest.approx(alone * 20, abs=1e-5)


def test_references_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = BertScore(replace(FP32, cache_bytes=3_000_000), layer=6)
    first = scorer.f1(["An answer."], ["A golden response."])
    read: list[int] = []
    run = scorer._base.run
    monkeypatch.setattr(scorer._base, "run", lambda rows, *a, **k: (read.append(len(rows)), run(rows, *a, **k))[1])
    assert scorer.f1(["An answer.", "Another."], ["A golden response."] * 2)[0] == pytest.approx(first[0], abs=1e-5)
    assert read == [2], "two candidates, no reference"
    assert scorer.cached.hits == 1


def test_a_layer_that_is_not_there() -> None:
    with pytest.raises(InvalidInput, match="from 1 to 6"):
        BertScore(FP32, layer=7)
