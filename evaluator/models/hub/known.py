"""Well-known models by name: label order, pair order, prompt, length and threshold, as their authors use them.

Label orders follow each model's `config.json` (checked again when it is loaded); templates, chunk sizes and
thresholds the code that its authors publish. Sources stand with each entry.
"""

from __future__ import annotations

from dataclasses import replace

from evaluator.models.hub.use import (
    CONTRADICTION,
    ENTAILMENT,
    NEUTRAL,
    NOT_ENTAILMENT,
    SUPPORTED,
    UNSUPPORTED,
    Head,
    KnownModel,
    ModelUse,
    Task,
)

_HUB = "https://huggingface.co/"

HHEM_TEMPLATE = (
    "{pad} Determine if the hypothesis is true given the premise?\n\n"
    "Premise: {premise}\n\nHypothesis: {hypothesis}"
)  # fmt: skip
MINICHECK_TEMPLATE = "{premise}{eos}{hypothesis}"
MINICHECK_T5_TEMPLATE = "predict: {premise}{eos}{hypothesis}"


def _three_way(*labels: str) -> ModelUse:
    return ModelUse(task=Task.PAIR, labels=labels, bad=tuple(label for label in labels if label != ENTAILMENT))


_ENTAILMENT_FIRST = _three_way(ENTAILMENT, NEUTRAL, CONTRADICTION)
_CROSS_ENCODER = _three_way(CONTRADICTION, ENTAILMENT, NEUTRAL)
_MNLI = _three_way(CONTRADICTION, NEUTRAL, ENTAILMENT)
_TWO_WAY = ModelUse(task=Task.PAIR, labels=(ENTAILMENT, NOT_ENTAILMENT), bad=(NOT_ENTAILMENT,))

_HHEM = ModelUse(
    task=Task.PAIR,
    head=Head.T5_FIRST,
    labels=(UNSUPPORTED, SUPPORTED),
    bad=(UNSUPPORTED,),
    template=HHEM_TEMPLATE,
    max_length=2048,
    window=400,
    foundation="google/flan-t5-base",
)
_MINICHECK = ModelUse(
    task=Task.PAIR,
    labels=(UNSUPPORTED, SUPPORTED),
    bad=(UNSUPPORTED,),
    template=MINICHECK_TEMPLATE,
    window=400,
)
_MINICHECK_T5 = replace(
    _MINICHECK,
    head=Head.T5_ANSWER,
    template=MINICHECK_T5_TEMPLATE,
    max_length=2048,
    window=500,
    # "▁" begins the answer 0 and "▁1" is the answer 1 in T5's vocabulary.
    answer_tokens=(3, 209),
)
_LETTUCE = ModelUse(
    task=Task.SPANS,
    head=Head.TOKENS,
    labels=(SUPPORTED, UNSUPPORTED),
    bad=(UNSUPPORTED,),
    max_length=4096,
)
_TOXIC_BERT = ModelUse(
    task=Task.TOXICITY,
    labels=("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"),
    bad=("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"),
    multi_label=True,
)
_UNBIASED_BAD = ("toxicity", "severe_toxicity", "obscene", "identity_attack", "insult", "threat", "sexual_explicit")
_UNBIASED = ModelUse(
    task=Task.TOXICITY,
    # The last nine say whom a text speaks of, which is no fault of it.
    labels=(*_UNBIASED_BAD, "male", "female", "homosexual_gay_or_lesbian", "christian", "jewish", "muslim", "black",
            "white", "psychiatric_or_mental_illness"),
    bad=_UNBIASED_BAD,
    multi_label=True,
)  # fmt: skip
_TOXIC_OR_NEUTRAL = ModelUse(task=Task.TOXICITY, labels=("neutral", "toxic"), bad=("toxic",))


def _injection(good: str, bad: str) -> ModelUse:
    return ModelUse(task=Task.INJECTION, labels=(good, bad), bad=(bad,))


def _entry(name: str, use: ModelUse, license_: str, source: str = "", **more: bool) -> KnownModel:
    return KnownModel(name=name, use=use, license=license_, source=source or _HUB + name, **more)


_MINICHECK_SOURCE = "https://arxiv.org/abs/2404.10774"
_LETTUCE_SOURCE = "https://arxiv.org/abs/2502.17125"

KNOWN: tuple[KnownModel, ...] = (
    _entry("MoritzLaurer/DeBERTa-v3-base-mnli-fever-anli", _ENTAILMENT_FIRST, "MIT"),
    _entry("MoritzLaurer/DeBERTa-v3-large-mnli-fever-anli-ling-wanli", _ENTAILMENT_FIRST, "MIT"),
    _entry("MoritzLaurer/DeBERTa-v3-base-mnli-fever-docnli-ling-2c", _TWO_WAY, "MIT"),
    _entry("MoritzLaurer/DeBERTa-v3-small-mnli-fever-docnli-ling-2c", _TWO_WAY, "not stated"),
    _entry("MoritzLaurer/DeBERTa-v3-xsmall-mnli-fever-anli-ling-binary", _TWO_WAY, "MIT"),
    _entry("MoritzLaurer/deberta-v3-base-zeroshot-v2.0", _TWO_WAY, "MIT"),
    _entry("MoritzLaurer/deberta-v3-large-zeroshot-v2.0", _TWO_WAY, "MIT"),
    _entry("MoritzLaurer/ModernBERT-base-zeroshot-v2.0", replace(_TWO_WAY, max_length=1024), "Apache-2.0"),
    _entry("MoritzLaurer/ModernBERT-large-zeroshot-v2.0", replace(_TWO_WAY, max_length=1024), "Apache-2.0"),
    *(
        _entry(f"cross-encoder/nli-{size}", _CROSS_ENCODER, "Apache-2.0")
        for size in ("deberta-v3-xsmall", "deberta-v3-small", "deberta-v3-base", "deberta-v3-large",
                     "MiniLM2-L6-H768", "distilroberta-base")
    ),
    _entry("facebook/bart-large-mnli", replace(_MNLI, max_length=1024), "MIT"),
    _entry("FacebookAI/roberta-large-mnli", _MNLI, "MIT"),
    _entry("vectara/hallucination_evaluation_model", _HHEM, "Apache-2.0"),
    _entry("lytang/MiniCheck-RoBERTa-Large", _MINICHECK, "MIT", _MINICHECK_SOURCE, pickled=True),
    _entry("lytang/MiniCheck-DeBERTa-v3-Large", replace(_MINICHECK, max_length=2048), "MIT", _MINICHECK_SOURCE,
           pickled=True),
    _entry("lytang/MiniCheck-Flan-T5-Large", _MINICHECK_T5, "MIT", _MINICHECK_SOURCE, pickled=True),
    _entry("KRLabsOrg/lettucedect-base-modernbert-en-v1", _LETTUCE, "MIT", _LETTUCE_SOURCE),
    _entry("KRLabsOrg/lettucedect-large-modernbert-en-v1", _LETTUCE, "MIT", _LETTUCE_SOURCE),
    _entry("KRLabsOrg/tinylettuce-ettin-17m-en", _LETTUCE, "MIT", _LETTUCE_SOURCE),
    _entry("KRLabsOrg/tinylettuce-ettin-68m-en", _LETTUCE, "MIT", _LETTUCE_SOURCE),
    _entry("unitary/toxic-bert", _TOXIC_BERT, "Apache-2.0"),
    _entry("unitary/unbiased-toxic-roberta", _UNBIASED, "Apache-2.0", pickled=True),
    _entry("s-nlp/roberta_toxicity_classifier", _TOXIC_OR_NEUTRAL, "OpenRAIL++"),
    _entry("meta-llama/Llama-Prompt-Guard-2-22M", _injection("benign", "malicious"), "Llama 4 Community", gated=True),
    _entry("meta-llama/Llama-Prompt-Guard-2-86M", _injection("benign", "malicious"), "Llama 4 Community", gated=True),
    _entry("protectai/deberta-v3-base-prompt-injection-v2", _injection("safe", "injection"), "Apache-2.0"),
    _entry("deepset/deberta-v3-base-injection", _injection("legit", "injection"), "MIT"),
)  # fmt: skip
"""Every model whose use is known."""

_BY_NAME = {model.name.lower(): model for model in KNOWN}


def known_model(name: str) -> KnownModel | None:
    """The entry of `name` (letter case does not matter, as on the hub), or None."""
    return _BY_NAME.get(name.lower())
