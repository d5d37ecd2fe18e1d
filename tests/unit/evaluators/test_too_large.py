"""What is too large to be read is a failure that says so, and takes no neighbour along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from evaluator.core.bounds import Bound
from evaluator.core.errors import FaithlineError, InvalidInput
from evaluator.core.evaluator import GoldenItem, sample_of
from evaluator.core.outcome import Evidence, Failure, Outcome, Reason, Score
from evaluator.core.trace import Sample
from evaluator.evaluators import common, golden_similarity, registry
from evaluator.evaluators.common import marked, score_each
from evaluator.evaluators.prompt_injection import PromptInjectionEvaluator
from evaluator.models.encoder import tokens
from evaluator.models.encoder.tokens import check_count
from evaluator.models.readers import detector
from evaluator.models.readers.text_classifier import Part
from evaluator.models.runtime import Runtime
from evaluator.shipped import ShippedGolden
from evaluator.text.limits import MARKS
from tests.support import fabricated

FINE = sample_of("When?", "It opens at nine.", ["The shop opens at nine."])
NEEDS = ("question", "answer", "context")


def ones(samples: Sequence[Sample]) -> list[Outcome]:
    return [Score(value=float(len(sample.answer))) for sample in samples]


@pytest.mark.parametrize(
    ("field", "sample", "size"),
    [
        ("question", sample_of("q" * 1_000_001, "a", ["c"]), "1,000,001 characters, the limit is 1,000,000"),
        ("answer", sample_of("q", "a" * 500_001, ["c"]), "500,001 characters, the limit is 500,000"),
        ("context", sample_of("q", "a", ["c" * 2_000_000, "c"]), "2,000,001 characters, the limit is 2,000,000"),
        ("context", sample_of("q", "a", ["c"] * 5_001), "5,001 passages, the limit is 5,000"),
    ],
)  # fmt: skip
def test_a_field_that_is_too_large_is_named(field: str, sample: Sample, size: str) -> None:
    first, refused, last = score_each([FINE, sample, FINE], NEEDS, ones)
    assert first == last == ones([FINE])[0]
    assert isinstance(refused, Failure)
    assert refused.reason is Reason.INVALID_INPUT
    assert not refused.retryable
    assert refused.message == f"{field}: has {size}. Send less in one trace"
    unread = tuple(need for need in NEEDS if need != field)
    assert isinstance(score_each([sample], unread, ones)[0], Score), "what is not read may be of any size"
    assert isinstance(score_each([sample], unread, ones, (field,))[0], Failure)


def test_samples_are_read_in_portions_of_a_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "_CHARS_AT_ONCE", 100)
    sizes: list[int] = []

    def run(samples: list[Sample]) -> list[Outcome]:
        sizes.append(sum(len(sample.answer) for sample in samples))
        return ones(samples)

    answers = ["x" * n for n in (30, 30, 30, 30, 500, 1, 99, 1)]
    found = score_each([sample_of("q", answer) for answer in answers], ("answer",), run)
    assert [outcome.value for outcome in found if isinstance(outcome, Score)] == [float(len(a)) for a in answers]
    assert sizes == [90, 30, 500, 100, 1]


def test_what_is_refused_while_it_is_read_takes_nobody_along() -> None:
    def run(samples: list[Sample]) -> list[Outcome]:
        if any("long" in sample.answer for sample in samples):
            raise InvalidInput("answer", "makes too many claims")
        return ones(samples)

    found = score_each([FINE, sample_of("q", "long", ["c"]), FINE], NEEDS, run)
    assert [type(outcome) for outcome in found] == [Score, Failure, Score]
    assert isinstance(found[1], Failure)
    assert (found[1].reason, found[1].message) == (Reason.INVALID_INPUT, "answer: makes too many claims")

    def broken(samples: list[Sample]) -> list[Outcome]:
        raise FaithlineError("this evaluator is not open")

    with pytest.raises(FaithlineError, match="not open"):
        score_each([FINE], NEEDS, broken)


def test_what_is_too_much_together_is_read_in_halves() -> None:
    """Texts without blanks have a word piece for every character, and a portion of them more than are read."""
    read: list[int] = []

    def run(samples: list[Sample]) -> list[Outcome]:
        check_count(sum(len(sample.answer) for sample in samples))
        read.append(len(samples))
        return ones(samples)

    found = score_each([sample_of("q", "字" * 20_000)] * 100, ("answer",), run)
    assert [outcome.value for outcome in found if isinstance(outcome, Score)] == [20_000.0] * 100
    assert read == [25] * 4


def test_the_surest_marks_are_kept_in_their_order() -> None:
    marks = [Evidence(start=i, end=i + 1, label="x", confidence=(i % 7) / 10) for i in range(MARKS.size + 30)]
    kept, details = marked(marks, {"flags": 2})
    assert details == {"capped": {"flags": 2, "unmarked": 30}}
    assert len(kept) == MARKS.size
    assert list(kept) == sorted(kept, key=lambda mark: mark.start)
    assert min(mark.confidence for mark in kept) >= max(mark.confidence for mark in set(marks) - set(kept))
    assert marked(marks[:5], {}) == (tuple(marks[:5]), {})


class Reader:
    """Calls every ten characters an attack, and no part of them."""

    def __init__(self) -> None:
        self.read: list[int] = []

    def predict(self, texts: Sequence[str]) -> list[list[Part]]:
        self.read.append(sum(map(len, texts)))
        return [
            [Part(i, min(i + 10, len(text)), 0.999 + i / 1e9) for i in range(0, len(text), 10)]
            if len(text) > 10
            else [Part(0, 1, 0.1)]
            for text in texts
        ]


def test_only_so_many_bad_windows_are_looked_into() -> None:
    one, reader = PromptInjectionEvaluator(), Reader()
    one._classifier = reader
    first, second = one.score([sample_of("Do it now! " * 3 * MARKS.size, "a"), sample_of("Do it now! " * 2, "a")])
    assert isinstance(first, Score)
    assert isinstance(second, Score)
    assert len(first.evidence) == MARKS.size
    assert first.details["capped"]["unmarked"] > 0
    assert "capped" not in second.details
    assert sum(reader.read[1:]) <= 10 * (MARKS.size + 3), "the sentences of the surest windows alone are read again"


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("answer_relevance", {}),
        ("toxicity", {}),
        ("faithfulness", {}),
        ("golden_similarity", {"golden_set": "demo-desk", "min_prompt_similarity": -1.0}),
    ],
)
def test_more_word_pieces_than_are_read_are_refused(
    name: str, parameters: dict[str, Any], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fabricated.faithfulness(tmp_path)
    fabricated.toxicity(tmp_path)
    one = registry.create(name, parameters, ShippedGolden(), Runtime(weights_path=str(tmp_path), threads=1))
    one.open()
    small = Bound("pieces", 150, "", "")
    monkeypatch.setattr(tokens, "PIECES", small)
    monkeypatch.setattr(detector, "PIECES", small)
    long = sample_of("When?", " ".join(f"Door {i} opens at {i * 7}." for i in range(60)), ["It opens at nine. " * 9])
    first, refused, last = one.score([FINE, long, FINE])
    assert isinstance(first, Score)
    assert isinstance(last, Score)
    assert isinstance(refused, Failure)
    assert refused.reason is Reason.INVALID_INPUT
    assert "word pieces to read, the limit is 150" in refused.message


def test_more_pairs_of_word_pieces_than_are_compared_are_refused(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fabricated.faithfulness(tmp_path)
    one = registry.create("faithfulness", runtime=Runtime(weights_path=str(tmp_path), threads=1))
    one.open()
    monkeypatch.setattr(detector, "ALIGNED", Bound("pairs", 200, "", ""))
    refused, fine = one.score([sample_of("q", "It opens at nine. " * 9, ["It opens at nine."]), FINE])
    assert isinstance(fine, Score)
    assert isinstance(refused, Failure)
    assert "each to be compared with" in refused.message


@pytest.mark.parametrize(
    ("limit", "what"),
    [("GOLDEN_ITEMS", "2 items"), ("GOLDEN_PROMPTS", "12 characters"), ("GOLDEN_RESPONSES", "in item second")],
)
def test_a_golden_set_that_takes_too_long_is_not_opened(
    limit: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Golden:
        def version(self, name: str, version: str | None = None) -> str:
            return "1"

        def items(self, name: str, version: str) -> list[GoldenItem]:
            return [
                GoldenItem(id="first", prompt="first?", responses=("a",)),
                GoldenItem(id="second", prompt="other?", responses=("a", "bc")),
            ]

    monkeypatch.setattr(golden_similarity, limit, Bound("golden", 1, "", ""))
    one = registry.create("golden_similarity", {"golden_set": "mine"}, Golden())
    with pytest.raises(InvalidInput, match=what):
        one.open()
