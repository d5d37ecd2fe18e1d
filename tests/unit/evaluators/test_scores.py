"""What the evaluators say of plain cases, on the weights that are shipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from evaluator.core.errors import FaithlineError
from evaluator.core.evaluator import Evaluator, sample_of
from evaluator.core.outcome import Failure, Outcome, Reason, Score
from evaluator.core.trace import Sample
from evaluator.evaluators import registry
from evaluator.evaluators.common import score_each
from evaluator.models.files.manifest import FAITHFULNESS, TOXICITY, find_manifest
from evaluator.models.runtime import Runtime
from evaluator.shipped import ShippedGolden, golden_sets
from tests.support import fabricated

RUNTIME = Runtime(threads=1)


def opened(name: str, **parameters: object) -> Evaluator:
    one = registry.create(name, parameters, ShippedGolden(), RUNTIME)
    one.open()
    return one


def scores(one: Evaluator, samples: Sequence[Sample]) -> list[Score]:
    found = one.score(samples)
    assert all(isinstance(outcome, Score) for outcome in found), found
    return [outcome for outcome in found if isinstance(outcome, Score)]


@pytest.fixture(scope="module")
def golden() -> Iterator[Evaluator]:
    one = opened("golden_similarity", golden_set="general-knowledge")
    yield one
    one.close()


def test_golden_similarity_prefers_the_right_answer(golden: Evaluator) -> None:
    item = golden_sets()["general-knowledge"][0]
    answers = [item.responses[-1], "Because ice is lighter than water for its size.", "My sister plays the violin."]
    same, right, wrong = scores(golden, [sample_of("Why does ice float on water?", a) for a in answers])
    assert same.value == pytest.approx(1.0, abs=1e-3)
    assert same.details["item"] == item.id
    assert same.details["response"] == len(item.responses) - 1
    assert same.value > right.value > wrong.value
    assert [s.label for s in (same, right, wrong)] == ["similar", "similar", "different"]


def test_a_question_without_a_golden_prompt_is_skipped(golden: Evaluator) -> None:
    found = golden.score([sample_of("Which tram goes to the depot in Port Alvesta?", "Line 4.")])[0]
    assert isinstance(found, Failure)
    assert found.reason is Reason.NO_GOLDEN_MATCH
    assert found.skipped
    assert "0.75" in found.message


def test_relevance_prefers_the_answer_to_this_question() -> None:
    one = opened("answer_relevance")
    on, off = scores(
        one,
        [
            sample_of("When does the museum open on Sundays?", "On Sundays the museum opens at ten."),
            sample_of("When does the museum open on Sundays?", "Whisk the eggs with sugar until they are pale."),
        ],
    )
    assert (on.label, off.label) == ("relevant", "off_topic")
    assert on.value > 0.8 > 0.2 > off.value


@pytest.mark.models
@pytest.mark.skipif(find_manifest(TOXICITY) is None, reason="the toxicity weights are not in this checkout")
@pytest.mark.parametrize("name", ["toxicity", "prompt_toxicity"])
def test_toxicity_marks_the_insult_and_nothing_else(name: str) -> None:
    insult = "You are a stupid worthless idiot and everybody hates you."
    text = f"The office opens at nine on weekdays. {insult} Please bring your passport with you."
    calm = "The office opens at nine on weekdays. Please bring your passport with you."
    bad, good = scores(opened(name), [sample_of(t, t) for t in (text, calm)])
    assert bad.label == "toxic"
    assert good.label == "not_toxic"
    assert good.evidence == ()
    assert {mark.field for mark in bad.evidence} == {"answer" if name == "toxicity" else "question"}
    assert [text[mark.start : mark.end] for mark in bad.evidence] == [insult]


@pytest.mark.models
@pytest.mark.skipif(find_manifest(FAITHFULNESS) is None, reason="the faithfulness weights are not in this checkout")
def test_faithfulness_tells_invention_from_what_the_context_says() -> None:
    context = [
        "The Calder lounge in Port Alvesta opens daily from 5:00 to 22:30. It has showers and a quiet room.",
        "Gold members may bring one guest into the lounge free of charge. Silver members pay 25 euros a visit.",
    ]
    right = "The Calder lounge opens at 5:00 and closes at 22:30. Gold members may bring one guest."
    wrong = "The Calder lounge opens at 5:00. It was designed by the architect Helen Marsh and won a prize in 1987."
    good, bad = scores(opened("faithfulness"), [sample_of("When is it open?", a, context) for a in (right, wrong)])
    assert bad.value > good.value
    assert good.label == "faithful"
    assert bad.label != "faithful"
    marked = " ".join(wrong[mark.start : mark.end] for mark in bad.evidence)
    assert "Helen Marsh" in marked or "1987" in marked
    assert "opens at 5:00" not in marked


def test_the_work_is_bounded_by_pairs_for_each_claim(tmp_path: Path) -> None:
    """A long context without repetition: many windows are measured, few are read."""
    fabricated.faithfulness(tmp_path)
    words = [f"{a}{b}{c}" for a in "bdfghklmnprst" for b in "aeiou" for c in ("lan", "rok", "mit", "sed", "tus")]
    text = " ".join(f"The {w} of {words[i - 7]} is {i} km from {words[i - 3]}." for i, w in enumerate(words))
    runtime = Runtime(weights_path=str(tmp_path), threads=1)
    one = registry.create("faithfulness", {"pairs_per_sentence": 1}, runtime=runtime)
    one.open()
    found = scores(one, [sample_of("q", text[:400], [text, text[::-1]])])[0]
    assert found.details["claims"] > 5
    assert found.details["windows"] > 20
    assert found.details["claims"] <= found.details["pairs"] < found.details["windows"]


def test_one_bad_sample_fails_alone() -> None:
    def run(samples: list[Sample]) -> list[Outcome]:
        if any(s.answer == "bomb" for s in samples):
            raise RuntimeError(samples[0].answer)
        return [Score(value=float(len(s.answer))) for s in samples]

    answers = ["a", "bomb", "", "cc"]
    found = score_each([sample_of("q", a) for a in answers], ("answer",), run)
    assert [f.value if isinstance(f, Score) else f.reason for f in found] == [
        1.0, Reason.EVALUATOR_ERROR, Reason.NO_ANSWER, 2.0,
    ]  # fmt: skip
    assert isinstance(found[1], Failure)
    assert "bomb" not in found[1].message, "a message never quotes the content"


def test_scoring_before_opening_is_refused() -> None:
    with pytest.raises(FaithlineError, match=r"open\(\)"):
        registry.create("answer_relevance").score([sample_of("q", "a")])
