"""Unknown models are read by their labels' names, or refused with what to say."""

from __future__ import annotations

from typing import Any

import pytest

from evaluator.core.errors import InvalidInput
from evaluator.models.hub.labels import guess_use
from evaluator.models.hub.use import Head, Task

FAITHFULNESS = (Task.PAIR, Task.SPANS)


def config(*labels: str, kind: str = "SequenceClassification", **more: Any) -> dict[str, Any]:
    named = {"id2label": {str(i): label for i, label in enumerate(labels)}} if labels else {}
    return {"architectures": [f"DebertaV2For{kind}"], **named, **more}


@pytest.mark.parametrize(
    ("labels", "bad"),
    [
        (("ENTAILMENT", "NEUTRAL", "CONTRADICTION"), ("neutral", "contradiction")),
        (("refutes", "supports", "not enough info"), ("contradiction", "not_enough_info")),
        (("hallucinated", "consistent"), ("hallucinated",)),
        (("Not-Entailment", "Entailment"), ("not_entailment",)),
    ],
)
def test_inference_labels_under_other_names(labels: tuple[str, ...], bad: tuple[str, ...]) -> None:
    use = guess_use(config(*labels), FAITHFULNESS, None)
    assert (use.task, use.head) == (Task.PAIR, Head.SEQUENCE)
    assert use.bad == bad
    assert (use.contradiction is None) == ("contradiction" not in bad)


def test_a_token_classifier_is_a_span_model() -> None:
    use = guess_use(config("supported", "hallucinated", kind="TokenClassification"), FAITHFULNESS, None)
    assert (use.task, use.head, use.bad) == (Task.SPANS, Head.TOKENS, ("hallucinated",))
    with pytest.raises(InvalidInput, match="sequence classifier"):
        guess_use(config("safe", "toxic", kind="TokenClassification"), (Task.TOXICITY,), None)


@pytest.mark.parametrize(
    "labels",
    [
        ("LABEL_0", "LABEL_1"),
        ("0", "1"),
        ("entailment", "positive"),
        ("entailment",) * 2,
        ("entailment", "supported"),
        (),
    ],
)
def test_what_labels_do_not_say_has_to_be_said(labels: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput) as caught:
        guess_use(config(*labels), FAITHFULNESS, None)
    assert caught.value.field == "parameters.model"
    assert "bad_labels" in caught.value.remedy


def test_said_labels_are_taken() -> None:
    use = guess_use(config("LABEL_0", "LABEL_1", "LABEL_2"), FAITHFULNESS, ("label_2", "LABEL_0"))
    assert use.labels == ("label_0", "label_1", "label_2")
    assert use.bad == ("label_0", "label_2")


@pytest.mark.parametrize("said", [("LABEL_7",), (), ("LABEL_0", "LABEL_1")])
def test_said_labels_must_exist_and_leave_a_good_one(said: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput) as caught:
        guess_use(config("LABEL_0", "LABEL_1"), FAITHFULNESS, said)
    assert caught.value.field == "parameters.bad_labels"


def test_all_of_several_sigmoids_may_be_bad() -> None:
    kinds = config("a", "b", problem_type="multi_label_classification")
    assert guess_use(kinds, (Task.TOXICITY,), ("a", "b")).bad == ("a", "b")


def test_a_single_output_is_a_sigmoid_that_speaks_for_or_against() -> None:
    against = guess_use(config("toxic"), (Task.TOXICITY,), None)
    assert against.multi_label
    assert against.bad == ("toxic",)
    assert guess_use(config("LABEL_0"), FAITHFULNESS, ()).bad == ()
    assert guess_use(config("entailment"), FAITHFULNESS, None).bad == ()


@pytest.mark.parametrize(
    ("more", "length"),
    [
        ({"max_position_embeddings": 512}, 512),
        ({"max_position_embeddings": 514, "model_type": "roberta", "pad_token_id": 1}, 512),
        ({"max_position_embeddings": 130, "model_type": "xlm-roberta", "pad_token_id": 1}, 128),
        ({"max_position_embeddings": 8192}, 512),
        ({}, 512),
    ],
)
def test_the_length_that_a_model_has_positions_for(more: dict[str, Any], length: int) -> None:
    assert guess_use(config("safe", "toxic", **more), (Task.TOXICITY,), None).max_length == length


def test_another_kind_of_model_is_refused() -> None:
    with pytest.raises(InvalidInput, match="like"):
        guess_use({"architectures": ["LlamaForCausalLM"]}, FAITHFULNESS, None)
    with pytest.raises(InvalidInput, match="architecture: none"):
        guess_use({}, FAITHFULNESS, None)
