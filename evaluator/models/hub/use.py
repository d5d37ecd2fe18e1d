"""What reading a checkpoint needs beyond its weights. No torch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

SUPPORTED, UNSUPPORTED = "supported", "unsupported"
ENTAILMENT, NEUTRAL, CONTRADICTION, NOT_ENTAILMENT = "entailment", "neutral", "contradiction", "not_entailment"


class Task(StrEnum):
    """What a model was trained to say."""

    PAIR = "pair"
    """Whether a premise carries a hypothesis: natural language inference, factual consistency."""
    SPANS = "spans"
    """Which tokens of an answer its context does not carry."""
    TOXICITY = "toxicity"
    INJECTION = "injection"


class Head(StrEnum):
    """Where a model's answer is read."""

    SEQUENCE = "sequence"
    """The logits of a sequence classifier."""
    TOKENS = "tokens"
    """The logits of a token classifier at each token."""
    T5_FIRST = "t5_first"
    """A T5 encoder's token classifier at the first token (HHEM-2.1)."""
    T5_ANSWER = "t5_answer"
    """The logits of two vocabulary entries at a T5 decoder's first step (MiniCheck-Flan-T5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """How a checkpoint is read.

    `labels` name the outputs in the order of the logits; `bad` are those whose probability counts against the text.
    With `multi_label` each output is a sigmoid of its own and the highest bad one counts; otherwise the outputs are
    a softmax and the bad ones are summed. A single output is always a sigmoid.

    `template` is the text that the model saw in training, with the fields ``{premise}`` and ``{hypothesis}`` and,
    for the tokenizer's special tokens, ``{pad}`` and ``{eos}``; without one the tokenizer joins two segments in the
    order that `premise_first` says. `max_length` is in tokens, special tokens included; `window` is the size of a
    window of context in estimated word pieces. `threshold` in [0, 1] is on the probability of being bad.
    `answer_tokens` are the vocabulary entries of `labels` (`Head.T5_ANSWER`). `foundation` is the model whose
    configuration and tokenizer stand in for those that the checkpoint lacks.
    """

    task: Task
    labels: tuple[str, ...]
    bad: tuple[str, ...]
    head: Head = Head.SEQUENCE
    multi_label: bool = False
    premise_first: bool = True
    template: str | None = None
    max_length: int = 512
    window: int = 350
    threshold: float = 0.5
    answer_tokens: tuple[int, ...] = ()
    foundation: str | None = None

    @property
    def contradiction(self) -> int | None:
        """The place of the output that says *contradicted*, None where the model does not tell it apart."""
        return self.labels.index(CONTRADICTION) if CONTRADICTION in self.labels else None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    """A well-known model: its use, its licence and where both are documented.

    `pickled` says that its main revision held pickled weights alone when this table was written.
    """

    name: str
    use: ModelUse
    license: str
    source: str
    pickled: bool = False
    gated: bool = False


def canonical(label: str) -> str:
    """A label as it is compared: lower case, words joined by underscores."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")


def says_nothing(label: str) -> bool:
    """Whether a label is a bare number (``"LABEL_1"``, ``"1"``), as configurations have it that name nothing."""
    return re.fullmatch(r"(?:label_?)?\d+", canonical(label)) is not None
