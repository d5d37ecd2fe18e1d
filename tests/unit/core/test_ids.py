"""Names that are stored for ever: they must say tomorrow what they say today."""

from __future__ import annotations

import pytest

from evaluator.core.ids import canonical_json, content_hash, pseudonym, random_id, uniform
from evaluator.core.trace import ROOT_ANSWER, Passage, Sample, target_id


def test_hashes_and_permanent_numbers_do_not_change() -> None:
    assert content_hash(["q", "a", [], ""]) == "9aa8ae7ac99775708fcbdb820e1c3dad"
    assert content_hash({"b": 1, "a": "é"}) == content_hash({"a": "é", "b": 1}) == "aa58fba8483623bed37c1b02edfccbdd"
    assert uniform("salt", "t1") == 0.8771391523042309
    assert uniform("salt", "t1", "a") == 0.7342713611600458
    assert pseudonym("p", "ada") == "848b2a4d35784dd1"


def test_permanent_numbers_are_spread_evenly() -> None:
    numbers = [uniform("salt", str(i)) for i in range(20_000)]
    tenths = [sum(d <= 10 * n < d + 1 for n in numbers) for d in range(10)]
    assert sum(tenths) == len(numbers)
    assert all(1_800 < n < 2_200 for n in tenths)


def test_where_parts_end_counts() -> None:
    assert uniform("s", "ab", "c") != uniform("s", "a", "bc")
    assert pseudonym("p", "ada") != pseudonym("q", "ada")
    assert random_id("k_") != random_id("k_")


def test_what_json_can_not_say_is_refused_and_a_lone_surrogate_has_a_hash() -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(float("nan"))
    assert content_hash("\ud800") != content_hash("\ud801")


def test_no_two_answers_share_an_id() -> None:
    pairs = [("t", ROOT_ANSWER), ("t", "a"), ("t:a", ROOT_ANSWER), ("t%3Aa", ROOT_ANSWER), ("t", "a:b"), ("t:a", "b")]
    assert len({target_id(trace, answer) for trace, answer in pairs}) == len(pairs)
    assert target_id("t", ROOT_ANSWER) == "t"


def test_a_sample_is_named_by_what_an_evaluator_sees() -> None:
    def sample(**fields: object) -> Sample:
        whole = {"project": "p", "target_kind": "answer", "target_id": "t", "question": "q", "answer": "a"} | fields
        return Sample(**whole)  # type: ignore[arg-type]

    name = sample().content_hash
    assert sample(project="other", target_id="u").content_hash == name
    assert (
        sample(passages=(Passage(text="x", score=0.1),)).content_hash
        == sample(passages=(Passage(text="x"),)).content_hash
    )
    others = [
        sample(question="r"),
        sample(answer="b"),
        sample(passages=(Passage(text="x"),)),
        sample(system_prompt="s"),
    ]
    assert len({name, *(s.content_hash for s in others)}) == 5
