"""Which outputs of an unknown model are bad, by the names that its configuration gives them. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluator.core.errors import InvalidInput
from evaluator.models.hub.use import CONTRADICTION, Head, ModelUse, Task, canonical, says_nothing


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CONTRADICTIONS = _names(f"{CONTRADICTION} contradict contradicts contradicted contradictory refute refutes refuted")
_GOOD: Mapping[Task, frozenset[str]] = {
    Task.PAIR: _names(
        """entailment entailed entail entails support supports supported consistent factual faithful grounded"""
    ),
    Task.SPANS: _names("o supported faithful factual consistent grounded"),
    Task.TOXICITY: _names(
        "non_toxic nontoxic not_toxic neutral clean safe ok okay normal benign harmless non_offensive not_offensive"
    ),
    Task.INJECTION: _names("safe legit legitimate benign clean normal harmless ok no_injection not_injection"),
}
_BAD: Mapping[Task, frozenset[str]] = {
    Task.PAIR: _CONTRADICTIONS
    | _names(
        """neutral nei not_enough_info not_enough_information not_entailment non_entailment not_entailed
        unsupported not_supported inconsistent nonfactual non_factual unfaithful ungrounded hallucinated
        hallucination"""
    ),
    Task.SPANS: _names("unsupported not_supported hallucinated hallucination unfaithful inconsistent"),
    Task.TOXICITY: _names(
        """toxic toxicity severe_toxic severe_toxicity obscene insult threat identity_hate identity_attack hate
        hateful hate_speech offensive abusive abuse harassment sexual_explicit"""
    ),
    Task.INJECTION: _names("injection prompt_injection jailbreak malicious attack unsafe indirect_injection"),
}
_MULTI_LABEL = "multi_label_classification"
_REMEDY = "Say which outputs are bad with `bad_labels`, or whose use it follows with `like`"


def declared_labels(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The labels of a configuration in the order of the logits; empty where they can not be read.

    A configuration that names none has those that transformers makes up: ``LABEL_0``, ``LABEL_1``.
    """
    named = config.get("id2label")
    if named is None:
        count = config.get("num_labels", 2)
        return tuple(f"LABEL_{i}" for i in range(count)) if isinstance(count, int) else ()
    if not isinstance(named, Mapping):
        return ()
    try:
        return tuple(str(named[key]) for key in sorted(named, key=int))
    except ValueError:
        return ()


def guess_use(config: Mapping[str, Any], tasks: Sequence[Task], bad_labels: Sequence[str] | None) -> ModelUse:
    """How to read the model with this configuration, for one of `tasks`.

    Raises:
        InvalidInput: where the head does not fit, or the labels do not say which of them are bad.
    """
    task, head = _task_and_head(config, tasks)
    declared = declared_labels(config)
    labels = tuple(_renamed(task, label) for label in declared)
    if len(set(labels)) < max(1, len(labels)):
        raise InvalidInput(
            "parameters.model", f"its config.json does not name its outputs apart ({_listed(declared)})", _REMEDY
        )
    applied = config.get("function_to_apply")
    multi = config.get("problem_type") == _MULTI_LABEL or applied == "sigmoid" or len(labels) == 1
    if bad_labels is None:
        bad = _bad_by_name(task, declared, labels)
    else:
        bad = pick(task, labels, bad_labels, multi_label=multi)
    return ModelUse(
        task=task, head=head, labels=labels, bad=bad, multi_label=multi, max_length=_max_length(config)
    )  # fmt: skip


def pick(task: Task, labels: Sequence[str], bad_labels: Sequence[str], *, multi_label: bool) -> tuple[str, ...]:
    """The `labels` that `bad_labels` name, in the order of the outputs.

    Raises InvalidInput for one that does not exist, and where nothing would be bad or all of a softmax. A model with
    a single output may have none that is bad: its output then speaks for the text.
    """
    wanted = {_renamed(task, name): name for name in bad_labels}
    for label, name in wanted.items():
        if label not in labels:
            raise InvalidInput("parameters.bad_labels", f"{name!r} is no label of this model: {_listed(labels)}")
    if len(labels) > 1 and (not wanted or (len(wanted) == len(labels) and not multi_label)):
        raise InvalidInput("parameters.bad_labels", f"must name some labels, and not all of: {_listed(labels)}")
    return tuple(label for label in labels if label in wanted)


def own_labels(use: ModelUse, config: Mapping[str, Any]) -> tuple[str, ...]:
    """The checkpoint's own names of its outputs, or those of `use` where its configuration names nothing."""
    declared = declared_labels(config)
    if use.head in (Head.T5_FIRST, Head.T5_ANSWER):
        return use.labels
    if len(declared) == len(use.labels) and all(map(says_nothing, declared)):
        return use.labels
    return tuple(_renamed(use.task, label) for label in declared)


def check_declared(use: ModelUse, config: Mapping[str, Any], name: str) -> None:
    """Refuse a checkpoint whose configuration names other outputs than `use` does. Raises InvalidInput."""
    if own_labels(use, config) != use.labels:
        raise InvalidInput(
            "parameters.model",
            f"the checkpoint names its outputs {_listed(declared_labels(config))}, where {name} has "
            f"{_listed(use.labels)}",
            "Name the revision that you mean, or say which outputs are bad with `bad_labels`",
        )


def _task_and_head(config: Mapping[str, Any], tasks: Sequence[Task]) -> tuple[Task, Head]:
    architecture = str((config.get("architectures") or ["none"])[0])
    if architecture.endswith("ForTokenClassification") and Task.SPANS in tasks:
        return Task.SPANS, Head.TOKENS
    if architecture.endswith("ForSequenceClassification"):
        return next(task for task in tasks if task is not Task.SPANS), Head.SEQUENCE
    kinds = "a sequence or token classifier" if Task.SPANS in tasks else "a sequence classifier"
    raise InvalidInput(
        "parameters.model",
        f"is not {kinds} by its config.json (architecture: {architecture})",
        "Name a model with such a head, or the known model whose use it follows with `like`",
    )


def _renamed(task: Task, label: str) -> str:
    name = canonical(label)
    return CONTRADICTION if task is Task.PAIR and name in _CONTRADICTIONS else name


def _bad_by_name(task: Task, declared: Sequence[str], labels: Sequence[str]) -> tuple[str, ...]:
    bad = tuple(label for label in labels if label in _BAD[task])
    known = all(label in _BAD[task] or label in _GOOD[task] for label in labels)
    if not known or (len(labels) > 1 and not bad):
        raise InvalidInput(
            "parameters.model", f"its labels do not say which of them are bad: {_listed(declared)}", _REMEDY
        )
    return bad


def _max_length(config: Mapping[str, Any]) -> int:
    """Tokens that the model has positions for, at most 512; RoBERTa counts its positions from the padding's on."""
    positions = config.get("max_position_embeddings") or config.get("n_positions") or 512
    padding = int(config.get("pad_token_id") or 0) + 1 if "roberta" in str(config.get("model_type")) else 0
    return max(16, min(512, int(positions) - padding))


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(repr(label) for label in labels) or "none"
