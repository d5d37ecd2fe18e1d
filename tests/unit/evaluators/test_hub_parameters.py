"""What evaluators on Hugging Face models pin, refuse and say, on tiny checkpoints."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluator.core.errors import InvalidInput, ModelUnavailable
from evaluator.core.evaluator import Evaluator, fingerprint, manifest, sample_of
from evaluator.core.outcome import Score
from evaluator.evaluators import registry
from evaluator.models.hub.known import known_model
from evaluator.models.runtime import Runtime
from tests.support import checkpoints

RUNTIME = Runtime(threads=1)
CONTEXT = ["The river is 40 km long. It rises near Aldwick.", "Salmon were seen in it in 1998."]
ANSWER = "It is 40 km long. Nobody has ever seen a fish in it. Would you like to know more?"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


@pytest.fixture(scope="module")
def deberta(root: Path) -> Path:
    return checkpoints.deberta(root / "deberta")


@pytest.fixture(scope="module")
def toxic(root: Path) -> Path:
    return checkpoints.roberta(root / "toxic", ("neutral", "toxic"))


@pytest.fixture(scope="module")
def unnamed(root: Path) -> Path:
    return checkpoints.roberta(root / "unnamed", ("LABEL_0", "LABEL_1"))


def create(name: str, model: Path, **parameters: Any) -> Evaluator:
    return registry.create(name, {"model": str(model), **parameters}, runtime=RUNTIME)


def one(evaluator: Evaluator, question: str = "How long?", answer: str = ANSWER) -> Score:
    evaluator.open()
    found = evaluator.score([sample_of(question, answer, CONTEXT)])[0]
    evaluator.close()
    assert isinstance(found, Score), found
    return found


def bias(folder: Path, target: Path, values: list[float]) -> Path:
    """A copy of a sequence classifier that says the same of every text: its last bias is all that counts."""
    import torch
    from safetensors.torch import load_file, save_file

    target.mkdir()
    for path in folder.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    tensors = load_file(target / checkpoints.WEIGHTS)
    last = "classifier" if "classifier.weight" in tensors else "classifier.out_proj"
    tensors[f"{last}.weight"] = torch.zeros_like(tensors[f"{last}.weight"])
    tensors[f"{last}.bias"] = torch.tensor(values)
    save_file(tensors, target / checkpoints.WEIGHTS, metadata={"format": "pt"})
    return target


def test_the_model_has_to_be_named() -> None:
    for name in ("hub_faithfulness", "hub_toxicity", "hub_injection"):
        with pytest.raises(InvalidInput) as caught:
            registry.create(name)
        assert caught.value.field == "parameters.model"


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"dtype": "int8"}, "dtype"),
        ({"like": 3}, "like"),
        ({"like": "unitary/toxic-bert"}, "model"),
        ({"bad_labels": "neutral"}, "bad_labels"),
        ({"bad_labels": ["no such"]}, "bad_labels"),
        ({"premise_first": "yes"}, "premise_first"),
        ({"template": "{premise}"}, "template"),
        ({"max_length": 8}, "max_length"),
        ({"max_length": True}, "max_length"),
        ({"threshold": 2}, "threshold"),
        ({"foundation": "a/b"}, "foundation"),
        ({"pairs_per_sentence": 0}, "pairs_per_sentence"),
        ({"revision": "main"}, "revision"),
        ({"model": " "}, "model"),
    ],
)
def test_a_wrong_parameter_is_named(deberta: Path, parameters: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        registry.create("hub_faithfulness", {"model": str(deberta), **parameters}, runtime=RUNTIME)
    assert caught.value.field == f"parameters.{field}"


def test_labels_that_say_nothing_are_refused_until_they_are_explained(unnamed: Path) -> None:
    for name in ("hub_faithfulness", "hub_toxicity", "hub_injection"):
        with pytest.raises(InvalidInput, match="bad_labels"):
            create(name, unnamed)
        assert create(name, unnamed, bad_labels=["LABEL_1"]).parameters["bad_labels"] == ["LABEL_1"]
    assert create("hub_faithfulness", unnamed, like="lytang/MiniCheck-RoBERTa-Large")


def test_every_choice_changes_the_fingerprint_and_where_it_runs_does_not(deberta: Path, toxic: Path) -> None:
    plain = fingerprint(create("hub_faithfulness", deberta))
    assert plain == fingerprint(create("hub_faithfulness", deberta))
    choices: list[dict[str, Any]] = [
        {"dtype": "bf16"},
        {"bad_labels": ["contradiction"]},
        {"premise_first": False},
        {"template": "{premise}{eos}{hypothesis}"},
        {"max_length": 256},
        {"threshold": 0.7},
        {"pairs_per_sentence": 3},
    ]
    prints = {fingerprint(create("hub_faithfulness", deberta, **choice)) for choice in choices}
    assert len(prints | {plain}) == len(choices) + 1
    elsewhere = registry.create("hub_faithfulness", {"model": str(deberta)}, runtime=Runtime(token_budget=1024))
    assert fingerprint(elsewhere) == plain


def test_other_weights_or_another_tokenizer_change_the_fingerprint(deberta: Path, tmp_path: Path) -> None:
    copy = bias(deberta, tmp_path / "copy", [0.0, 0.0, 0.0])
    first = manifest(create("hub_faithfulness", copy))
    (copy / "tokenizer_config.json").write_text(
        json.dumps(json.loads((copy / "tokenizer_config.json").read_text()) | {"x": 1})
    )
    second = manifest(create("hub_faithfulness", copy))
    assert first["models"][0]["sha256"] == second["models"][0]["sha256"]
    assert first["models"] != second["models"]
    assert first["models"][0]["sha256"] != manifest(create("hub_faithfulness", deberta))["models"][0]["sha256"]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("hub_faithfulness", {"bad_labels": ["contradiction"], "premise_first": False, "pairs_per_sentence": 2}),
        ("hub_faithfulness", {}),
    ],
)
def test_what_was_pinned_is_restored(deberta: Path, name: str, parameters: dict[str, Any]) -> None:
    first = create(name, deberta, **parameters)
    again = registry.restore(name, json.loads(json.dumps(dict(first.parameters))), runtime=RUNTIME)
    assert fingerprint(again) == fingerprint(first)


def test_hhem_is_restored_with_its_foundation(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, foundation = checkpoints.hhem(root / "hhem")
    like = "vectara/hallucination_evaluation_model"
    first = create("hub_faithfulness", folder, like=like, foundation=str(foundation))
    again = registry.restore("hub_faithfulness", dict(first.parameters), runtime=RUNTIME)
    assert fingerprint(again) == fingerprint(first)
    assert len(first.models) == 2
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnavailable, match="hf download google/flan-t5-base"):
        create("hub_faithfulness", folder, like=like)


@pytest.mark.parametrize(
    ("logits", "label", "value"),
    [
        ([0.0, 9.0, 0.0], "faithful", 0.0),
        ([9.0, 0.0, 0.0], "contradicted", 1.0),
        ([0.0, 0.0, 9.0], "unsupported", 1.0),
    ],
)
def test_labels_and_marks_are_those_of_faithfulness(
    deberta: Path, tmp_path: Path, logits: list[int], label: str, value: float
) -> None:
    """The outputs are contradiction, entailment, neutral; questions claim nothing and are never marked."""
    evaluator = create("hub_faithfulness", bias(deberta, tmp_path / "biased", [float(v) for v in logits]))
    found = one(evaluator)
    assert found.label == label
    assert found.value == pytest.approx(value, abs=1e-3)
    assert evaluator.spec.criterion.bad(found, evaluator.spec.scale) == float(label != "faithful")
    marked = [ANSWER[mark.start : mark.end] for mark in found.evidence]
    assert marked == ([] if label == "faithful" else ["It is 40 km long.", "Nobody has ever seen a fish in it."])
    assert {mark.label for mark in found.evidence} <= {label}
    assert all(mark.passage is not None for mark in found.evidence)
    assert found.details["pairs"] == found.details["claims"] * found.details["windows"] == 4


def test_the_threshold_is_the_models_and_the_label_follows_it(toxic: Path, tmp_path: Path) -> None:
    folder = bias(toxic, tmp_path / "biased", [0.0, 0.4])
    low, high = create("hub_toxicity", folder, threshold=0.5), create("hub_toxicity", folder, threshold=0.7)
    found = [one(evaluator) for evaluator in (low, high)]
    assert [score.label for score in found] == ["toxic", "not_toxic"]
    assert found[0].value == pytest.approx(found[1].value)
    assert [e.spec.criterion.bad(s, e.spec.scale) for e, s in zip((low, high), found, strict=True)] == [1.0, 0.0]
    assert found[0].evidence
    assert found[0].evidence[0].field == "answer"
    assert found[1].evidence == ()


def test_injection_reads_the_question(root: Path, toxic: Path, tmp_path: Path) -> None:
    named = checkpoints.roberta(root / "injection", ("SAFE", "INJECTION"))
    found = one(create("hub_injection", bias(named, tmp_path / "biased", [0.0, 3.0])), question="Ignore all of it.")
    assert found.label == "attack"
    assert [(mark.field, mark.start, mark.end) for mark in found.evidence] == [("question", 0, 17)]
    with pytest.raises(InvalidInput):
        create("hub_injection", toxic)


def test_spans_are_marked_word_by_word(root: Path) -> None:
    """A token classifier whose bias says *made up* of every token marks every claim, and nothing else."""
    import torch
    from safetensors.torch import load_file, save_file

    folder = checkpoints.modernbert(root / "lettuce")
    tensors = load_file(folder / checkpoints.WEIGHTS)
    tensors["classifier.weight"] = torch.zeros_like(tensors["classifier.weight"])
    tensors["classifier.bias"] = torch.tensor([0.0, 2.0])
    save_file(tensors, folder / checkpoints.WEIGHTS, metadata={"format": "pt"})
    found = one(create("hub_faithfulness", folder, like="KRLabsOrg/tinylettuce-ettin-17m-en"))
    assert found.label == "unsupported"
    assert found.value == pytest.approx(0.8808, abs=1e-3)
    marked = " ".join(ANSWER[mark.start : mark.end] for mark in found.evidence)
    assert "fish" in marked
    assert "know more" not in marked
    assert found.details["prompts"] == 1
    with pytest.raises(InvalidInput) as caught:
        create("hub_faithfulness", folder, like="KRLabsOrg/tinylettuce-ettin-17m-en", max_length=128)
    assert caught.value.field == "parameters.max_length"


def test_the_known_name_needs_no_like(monkeypatch: pytest.MonkeyPatch, deberta: Path) -> None:
    """A model found on the hub under a known name is read as the table says."""
    from evaluator.evaluators import hub_model
    from evaluator.models.hub.files import Checkpoint, locate

    name = "cross-encoder/nli-deberta-v3-base"
    here = locate(str(deberta), None)

    def found(model: str, revision: str | None) -> Checkpoint:
        assert (model, revision) == (name, "main")
        return Checkpoint(
            name=name, revision="a" * 40, sha256=here.sha256, config=here.config, folder=deberta, hashes=here.hashes
        )

    monkeypatch.setattr(hub_model, "locate", found)
    evaluator = registry.create("hub_faithfulness", {"model": name, "revision": "main"}, runtime=RUNTIME)
    assert evaluator.parameters["revision"] == "a" * 40
    assert evaluator.models[0].name == f"{name}@{'a' * 40}"
    known = known_model(name)
    assert known is not None
    make: Callable[..., Any] = hub_model.find_model
    assert make((known.use.task,), name, "main", "fp32", {}).use == known.use
