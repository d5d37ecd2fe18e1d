"""Rubrics: what may be one, and what names a version."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from evaluator.core.rubric import Rubric
from tests.support.rubrics import CURT, POLITE, choice, example, politeness


def rubric(**changes: Any) -> Rubric:
    return Rubric.model_validate(politeness(**changes))


def refusal(**changes: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        rubric(**changes)
    first = refused.value.errors()[0]
    return ".".join(map(str, first["loc"])) + ": " + first["msg"]


def test_a_version_is_named_by_everything_that_may_change_a_verdict() -> None:
    changes: list[dict[str, Any]] = [
        {}, {"name": "manners"}, {"title": "Manners"}, {"version_note": "New."}, {"description": "Manners."},
        {"criterion": {"name": "toxic", "bad_when": "It hurts."}},
        {"criterion": {"name": "toxic", "bad_when": ["curt"]}},
        {"inputs": ["question", "context", "answer"], "examples": []}, {"optional": ["question"]},
        {"scale": {"type": "ordinal"}}, {"scale": {"choices": [POLITE, CURT | {"value": 0.1}]}},
        {"scale": {"direction": "lower_is_better"}}, {"cannot_tell": "Unreadable."}, {"does_not_apply": "Empty."},
        {"instructions": "Judge the words and nothing else."}, {"examples": []},
        {"provider": "local"}, {"model": "m"},
        {"long": {"field": "answer", "combine": "worst"}},
        {"examples": [example(explanation="Short.")]},
        {"examples": [example(sample={"target_kind": "answer", "target_id": "t", "content_hash": "h"})]},
    ]  # fmt: skip
    assert len({rubric(**change).version for change in changes}) == len(changes)


def test_the_same_said_in_another_way_is_no_other_version() -> None:
    same: list[dict[str, Any]] = [
        {"instructions": "\n Judge the words, not the news that they bring.\n"},
        {"target": "answer", "version_note": " ", "does_not_apply": None, "long": None, "optional": []},
        {"scale": {"direction": "higher_is_better"}},
        {"scale": {"choices": [POLITE | {"value": 1.0}, CURT | {"value": -0.0}]}},
        {"cannot_tell": "What is shown does not suffice to decide."},
        {"examples": [example(context=None, missing={})]},
    ]
    assert {rubric(**change).version for change in same} == {rubric().version}
    shown = {"inputs": ["question", "context", "answer"]}
    one, several = (rubric(**shown, examples=[example(context=c)]) for c in ("a", ["a"]))
    assert one.version == several.version


def test_versions_stay_when_the_software_changes() -> None:
    """A rule is pinned to it: what is added later leaves it alone, and no default is changed."""
    assert rubric().version == "f39bb46986c3"


def test_what_is_stored_is_read_as_the_same_version() -> None:
    found = rubric(optional=["question"], examples=[example(label="cannot_tell"), example(question=None)])
    assert Rubric.model_validate(found.model_dump(mode="json")) == found
    assert Rubric.model_validate(found.model_dump(mode="json", exclude_defaults=True)).version == found.version


def test_what_is_bad_follows_from_values_and_direction() -> None:
    choices = [choice("fine", 0), choice("so-so", 0.5), choice("foul", 1)]
    harm = rubric(scale={"type": "ordinal", "direction": "lower_is_better", "choices": choices}, examples=[]).scale
    good = rubric(scale={"type": "ordinal", "choices": choices}, examples=[]).scale
    assert (harm.bad_labels, good.bad_labels) == (("so-so", "foul"), ("fine", "so-so"))
    assert [harm.bad(label) for label in harm.labels] == [0, 0.5, 1]
    assert [good.bad(label) for label in good.labels] == [1, 0.5, 0]
    assert good.scale.badness(good.value("fine")) == 1
    with pytest.raises(KeyError):
        good.value("cannot_tell")


def test_what_a_sample_may_lack() -> None:
    found = rubric(inputs=["question", "context", "answer"], optional=["context"])
    assert found.needs == ("question", "answer")
    assert found.examples[0].context is None, "an example may lack it, too"
    assert refusal(optional=["context"]).endswith("optional: context is not among the inputs. Leave it out")
    assert "the answer is what is judged" in refusal(optional=["answer"])


@pytest.mark.parametrize(
    ("scale", "said"),
    [
        ({"choices": [POLITE]}, "at least 2"),
        ({"choices": [choice(f"l{i}x", i / 9) for i in range(10)]}, "at most 9"),
        ({"choices": [choice("a", 0), choice("b", 0.7), choice("c", 1)]}, "are 3, and a binary scale has 2"),
        ({"type": "ordinal", "choices": [choice("a", 0), choice("b", 1), choice("c", 0.5)]}, "do not go up or down"),
        ({"type": "ordinal", "choices": [choice("a", 0), choice("b", 0), choice("c", 1)]}, "do not go up or down"),
        ({"choices": [choice("a", 0.6), choice("b", 1)]}, r"one that is bad \(a value of 0.5 or less\)"),
        ({"choices": [choice("a", 0), choice("b", 0.5)]}, "and one that is not"),
        ({"direction": "lower_is_better", "choices": [choice("a", 0), choice("b", 0.4)]}, "a value of 0.5 or more"),
        ({"choices": [choice("a", 0, "Same words."), choice("b", 1, "same  words.")]}, "the same description"),
        ({"choices": [choice("a", 0, " "), POLITE]}, "at least 1 character"),
        ({"choices": [choice("a", float("nan")), POLITE]}, "value\n  Input should be"),
        ({"choices": [choice("a", 1.5), CURT]}, "less than or equal to 1"),
        ({"choices": [choice("x" * 65, 0), POLITE]}, "at most 64"),
        ({"choices": [choice("Polite", 0), POLITE]}, "would be taken for each other"),
        ({"choices": [choice("cannot tell", 0), POLITE]}, "every judge may say so"),
        ({"choices": [choice("polite enough", 0), POLITE]}, "begins like the other"),
        ({"type": "nominal"}, "'binary', 'ordinal' or 'categorical'"),
    ],
)  # fmt: skip
def test_scales_that_can_not_be(scale: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        rubric(scale=scale, examples=[])


def test_a_categorical_scale_needs_no_order() -> None:
    choices = [choice("a", 0), choice("b", 1), choice("c", 0), choice("d", 0.2)]
    assert rubric(scale={"type": "categorical", "choices": choices}, examples=[]).scale.bad_labels == ("a", "c", "d")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (example(label="rude"), "examples.0.label: 'rude' is no choice. Use one of polite, curt, cannot_tell"),
        (example(label="Polite"), "examples.0.label: 'Polite' is no choice. Did you mean polite?"),
        (example(label="does_not_apply"), "examples.0.label: 'does_not_apply' is no choice"),
        (example(question=None), "examples.0.question: is shown to the judge, and not given. Give it, or say under"),
        (example(answer=None), "examples.0.answer: is shown to the judge, and not given"),
        (example(context="c"), "examples.0.context: is not shown to the judge. Leave it out, or add it to `inputs`"),
        (example(tool_calls=[]), "examples.0.tool_calls: is not shown to the judge"),
        (example(missing={"context": "None."}), "examples.0.context: is not shown to the judge"),
        (example(missing={"question": "None."}), "examples.0.missing.question: is not missing"),
        (example(missing={"questoin": "None."}), "Input should be 'question'"),
        (example(sample={"target_id": "t"}), "examples.0.sample.target_kind: Field required"),
        (example(answer="x" * 20_001), "at most 20000"),
        (example(lable="curt"), "examples.0.lable: Extra inputs"),
    ],
)
def test_examples_that_can_not_be(given: dict[str, Any], said: str) -> None:
    assert said in refusal(examples=[given])


def test_examples_may_say_why_something_is_missing() -> None:
    told = example(question=None, missing={"question": "The user sent a picture."}, label="cannot_tell")
    assert rubric(examples=[told]).examples[0].missing == {"question": "The user sent a picture."}
    outside = example(label="does_not_apply")
    assert rubric(examples=[outside], does_not_apply="Nothing was said.").examples[0].label == "does_not_apply"
    calls = [{"name": "search", "arguments": "{}", "error": "timed out"}]
    shown = {"inputs": ["question", "answer", "tool_calls"]}
    assert rubric(**shown, examples=[example(tool_calls=calls), example(tool_calls=[])]).examples[1].tool_calls == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"inputs": []}, "inputs: "),
        ({"inputs": ["question"]}, "inputs: Value error, do not have the answer"),
        ({"inputs": ["answer", "answer"]}, "inputs: Value error, name one twice"),
        ({"inputs": ["answer", "passages"]}, "inputs.1: Input should be 'question'"),
        ({"criterion": {"name": "toxic", "bad_when": ["polite"]}}, "bad_when: is not what is bad by the values"),
        ({"criterion": {"name": "toxic", "bad_when": []}}, "criterion.bad_when: Value error, must be words"),
        ({"criterion": {"name": "toxic", "bad_when": 3}}, "criterion.bad_when: Value error, must be words"),
        ({"criterion": {"name": "toxic", "bad_when": "If {answer} hurts"}}, "holds '{answer}', a place for material"),
        ({"criterion": {"name": "Toxic", "bad_when": "It hurts."}}, "criterion.name: String should match"),
        ({"long": {"field": "context", "combine": "worst"}}, "long.field: the context is not among the inputs"),
        ({"long": {"field": "question", "combine": "worst"}}, "long.field: Input should be 'context' or 'answer'"),
        ({"long": {"field": "answer", "combine": "mean"}}, "long.combine: Input should be 'worst' or 'best'"),
        ({"provider": "https://evil.example"}, "provider: String should match"),
        ({"model": "https://evil.example/v1"}, "model: Value error, is an address"),
        ({"model": ""}, "model: String should have at least 1"),
        ({"target": "trace"}, "target: Input should be 'answer'"),
        ({"instructions": "Too short."}, "instructions: String should have at least 20"),
        ({"instructions": "x" * 20_001}, "instructions: String should have at most 20000"),
        ({"instructions": "Judge {{ answer }} by {{ it }}."}, "instructions: Value error, holds '{{ answer }}'"),
        ({"cannot_tell": "If {context} is cut off."}, "cannot_tell: Value error, holds '{context}'"),
        ({"does_not_apply": " "}, "does_not_apply: String should have at least 1"),
        ({"examples": [example()] * 21}, "examples: Tuple should have at most 20"),
        ({"weight": 1}, "weight: Extra inputs"),
    ],
)  # fmt: skip
def test_fields_that_can_not_be(change: dict[str, Any], said: str) -> None:
    assert said in refusal(**change)


def test_instructions_may_be_in_any_language() -> None:
    found = rubric(instructions="Beurteile die Worte, nicht die Nachricht. 言葉を判断してください。")
    assert "言葉" in found.texts()["instructions"]
    assert set(found.texts()) == {
        "instructions", "cannot_tell", "criterion.bad_when", "scale.choices.0.description",
        "scale.choices.1.description",
    }  # fmt: skip
