"""The table of known models agrees with itself, with what their configurations would lead to, and with the page."""

from __future__ import annotations

import pytest

from evaluator.core.errors import InvalidInput
from evaluator.models.hub.known import HHEM_TEMPLATE, KNOWN, MINICHECK_T5_TEMPLATE, known_model
from evaluator.models.hub.labels import guess_use
from evaluator.models.hub.resolve import (
    Overrides,
    check_template,
    filled,
    resolve_use,
    template_parts,
)
from evaluator.models.hub.use import CONTRADICTION, ENTAILMENT, Head, KnownModel, Task, canonical
from tests.support import ROOT

PAGE = ROOT / "docs" / "hugging-face-models.md"
EVERY = pytest.mark.parametrize("model", KNOWN, ids=lambda model: model.name)


@EVERY
def test_an_entry_agrees_with_itself(model: KnownModel) -> None:
    use = model.use
    assert set(use.bad) <= set(use.labels)
    assert len(use.bad) < len(use.labels) or use.multi_label
    assert use.bad
    assert len(set(use.labels)) == len(use.labels)
    assert all(label == canonical(label) for label in use.labels)
    assert use.window < use.max_length
    assert 0.0 < use.threshold < 1.0
    assert (use.head is Head.TOKENS) == (use.task is Task.SPANS)
    assert (use.head is Head.T5_ANSWER) == (len(use.answer_tokens) == len(use.labels))
    assert (use.head is Head.T5_FIRST) == (use.foundation is not None)
    assert use.template is None or use.task is Task.PAIR
    if use.template is not None:
        check_template(use.template)
    assert model.license
    assert model.source.startswith("https://")
    assert known_model(model.name.upper()) is model


@EVERY
def test_the_page_lists_it(model: KnownModel) -> None:
    line = next((line for line in PAGE.read_text().splitlines() if f"`{model.name}`" in line), "")
    assert model.license in line
    assert ("convert" in line) == model.pickled
    assert ("gated" in line) == model.gated


def test_names_are_unique() -> None:
    assert len({model.name.lower() for model in KNOWN}) == len(KNOWN)


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("cross-encoder/nli-deberta-v3-base", ("contradiction", "entailment", "neutral")),
        ("cross-encoder/nli-MiniLM2-L6-H768", ("contradiction", "entailment", "neutral")),
        ("MoritzLaurer/DeBERTa-v3-base-mnli-fever-anli", ("entailment", "neutral", "contradiction")),
        ("facebook/bart-large-mnli", ("contradiction", "neutral", "entailment")),
        ("FacebookAI/roberta-large-mnli", ("contradiction", "neutral", "entailment")),
        ("MoritzLaurer/deberta-v3-large-zeroshot-v2.0", ("entailment", "not_entailment")),
        ("deepset/deberta-v3-base-injection", ("legit", "injection")),
    ],
)
def test_label_orders_are_those_of_the_published_configurations(name: str, labels: tuple[str, ...]) -> None:
    found = known_model(name)
    assert found is not None
    assert found.use.labels == labels


@EVERY
def test_its_labels_alone_would_lead_to_the_same_use(model: KnownModel) -> None:
    """What is guessed of an unknown model with these labels is what the table says of this one."""
    use = model.use
    if use.head in (Head.T5_FIRST, Head.T5_ANSWER):
        with pytest.raises(InvalidInput, match="like"):
            guess_use({"architectures": ["T5ForConditionalGeneration"]}, (use.task,), None)
        return
    whose = "MadeUpFor" + ("TokenClassification" if use.head is Head.TOKENS else "SequenceClassification")
    config = {"architectures": [whose], "id2label": {str(i): label.upper() for i, label in enumerate(use.labels)}}
    if use.multi_label:
        config["problem_type"] = "multi_label_classification"
    if "male" in use.labels:  # who is spoken of is neither good nor bad by its name: that has to be said
        with pytest.raises(InvalidInput, match="bad_labels"):
            guess_use(config, (use.task,), None)
        guessed = guess_use(config, (use.task,), use.bad)
    else:
        guessed = guess_use(config, (use.task,), None)
    assert (guessed.task, guessed.head, guessed.labels, guessed.bad) == (use.task, use.head, use.labels, use.bad)
    assert guessed.multi_label == use.multi_label
    assert guessed.contradiction == use.contradiction


def test_three_way_models_know_contradictions() -> None:
    for model in KNOWN:
        if len(model.use.labels) == 3 and model.use.task is Task.PAIR:
            assert model.use.contradiction == model.use.labels.index(CONTRADICTION)
            assert ENTAILMENT not in model.use.bad


def test_templates_are_cut_at_special_tokens_and_filled_once() -> None:
    parts = template_parts(HHEM_TEMPLATE)
    assert parts[0] == "pad"
    text = parts[1]
    assert isinstance(text, tuple)
    assert filled(text, "It {hypothesis} rains.", "It is {premise}.") == (
        " Determine if the hypothesis is true given the premise?\n\n"
        "Premise: It {hypothesis} rains.\n\nHypothesis: It is {premise}."
    )
    assert template_parts(MINICHECK_T5_TEMPLATE) == [("predict: ", "{premise}"), "eos", ("{hypothesis}",)]


@pytest.mark.parametrize(
    "template", ["", "{premise}", "{premise}{premise}{hypothesis}", "{premise}{hypothesis}{cls}"]
)
def test_a_template_without_both_texts_or_with_others_is_refused(template: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_template(template)
    assert caught.value.field == "parameters.template"


def test_a_known_model_of_another_revision_with_other_labels_is_refused() -> None:
    name = "cross-encoder/nli-deberta-v3-base"
    config = {"id2label": {"0": "entailment", "1": "neutral", "2": "contradiction"}}
    with pytest.raises(InvalidInput, match="revision"):
        resolve_use(name, config, (Task.PAIR,), Overrides())
    said = resolve_use(name, config, (Task.PAIR,), Overrides(bad_labels=("neutral", "contradiction")))
    assert said.labels == ("entailment", "neutral", "contradiction")
    assert said.bad == ("neutral", "contradiction")
    unnamed = {"id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}}
    assert resolve_use(name, unnamed, (Task.PAIR,), Overrides()).labels[1] == ENTAILMENT


def test_a_model_for_another_task_is_refused() -> None:
    with pytest.raises(InvalidInput, match="toxicity"):
        resolve_use("unitary/toxic-bert", {}, (Task.PAIR, Task.SPANS), Overrides())
    with pytest.raises(InvalidInput) as caught:
        resolve_use("/some/folder", {}, (Task.PAIR,), Overrides(like="unitary/no-such"))
    assert caught.value.field == "parameters.like"


@pytest.mark.parametrize("field", ["premise_first", "template"])
def test_pair_parameters_mean_nothing_to_span_models(field: str) -> None:
    given = {"premise_first": False, "template": "{premise}{hypothesis}"}[field]
    with pytest.raises(InvalidInput) as caught:
        resolve_use("KRLabsOrg/tinylettuce-ettin-17m-en", {}, (Task.SPANS,), Overrides(**{field: given}))  # type: ignore[arg-type]
    assert caught.value.field == f"parameters.{field}"
