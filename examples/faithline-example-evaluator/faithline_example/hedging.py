"""How much of an answer is hedged: the share of its sentences that hold a hedging word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from evaluator.core.criterion import Criterion
from evaluator.core.errors import InvalidInput
from evaluator.core.evaluator import EvaluatorSpec, ModelRef
from evaluator.core.outcome import Evidence, Failure, Outcome, Reason, Score, ScoreKind
from evaluator.core.trace import Sample
from evaluator.text.sentences import split_sentences

WORDS = ("perhaps", "maybe", "possibly", "might", "seems", "apparently", "presumably", "i think", "not sure")


class HedgingEvaluator:
    """Share of the answer's sentences that hedge, in [0, 1]."""

    spec: ClassVar[EvaluatorSpec] = EvaluatorSpec(
        name="example_hedging",
        version="1",
        title="Hedging",
        description="The share of the answer's sentences that hold a hedging word.",
        needs=("answer",),
        labels=("plain", "hedged"),
        kind=ScoreKind.CODE,
        criterion=Criterion(name="hedged", threshold=0.5),
    )

    def __init__(self, *, extra_words: Sequence[str] = ()) -> None:
        """`extra_words` hedge, too. Raises InvalidInput if one is empty or no text."""
        for place, word in enumerate(extra_words):
            if not isinstance(word, str) or not word.strip():
                raise InvalidInput(f"parameters.extra_words[{place}]", "must be a word")
        self._words = (*WORDS, *(word.lower() for word in extra_words))
        self._pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, self._words)) + r")\b", re.IGNORECASE)

    @property
    def parameters(self) -> dict[str, Any]:
        return {"words": list(self._words)}

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return ()

    def open(self) -> None:
        """Nothing to load. An evaluator with a model imports and loads it here."""

    def close(self) -> None:
        """Nothing to let go."""

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        return [self._one(sample) for sample in samples]

    def _one(self, sample: Sample) -> Outcome:
        sentences = split_sentences(sample.answer)
        if not sentences:
            return Failure(reason=Reason.NO_ANSWER, message="the answer is empty")
        hits = [m.span() for m in self._pattern.finditer(sample.answer)]
        hedged = sum(any(s.start <= start < s.end for start, _ in hits) for s in sentences)
        value = hedged / len(sentences)
        return Score(
            value=value,
            label="hedged" if value >= 0.5 else "plain",
            kind=ScoreKind.CODE,
            evidence=tuple(Evidence(start=a, end=b, label="hedged", confidence=1.0) for a, b in hits),
        )
