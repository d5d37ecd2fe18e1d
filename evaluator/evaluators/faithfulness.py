"""Faithfulness: is every sentence of the answer carried by the retrieved context?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from evaluator.core.criterion import Criterion
from evaluator.core.evaluator import EvaluatorSpec, ModelRef
from evaluator.core.ids import content_hash
from evaluator.core.outcome import Outcome, Score
from evaluator.core.trace import Sample
from evaluator.evaluators.common import number, opened, score_each
from evaluator.evaluators.marking import CONTRADICTED, FAITHFUL, UNSUPPORTED, Marking
from evaluator.models.manifest import FAITHFULNESS, find_manifest, read_manifest
from evaluator.models.runtime import Runtime
from evaluator.models.weights import EMBEDDER_REF
from evaluator.text.combine import Combination, assess
from evaluator.text.plan import PairPlan, WindowSettings, plan_pairs

if TYPE_CHECKING:
    from evaluator.models.pair_classifier import PairClassifier, PairPrediction

_PAIRS_AT_ONCE = 4096
"""Pairs that are in memory at a time, whatever the number of samples."""
_DEFAULT_SENTENCE_THRESHOLD = 0.5


def _threshold() -> float:
    manifest = find_manifest(FAITHFULNESS)
    return manifest.threshold if manifest else 0.5


class FaithfulnessEvaluator:
    """P(the answer says something that the context does not carry), with the characters that do."""

    spec: ClassVar[EvaluatorSpec] = EvaluatorSpec(
        name="faithfulness",
        version="1",
        title="Faithfulness to the retrieved context",
        description=(
            "A natural-language-inference cross-encoder reads each sentence of the answer against the windows of "
            "the context that share most of its words; lexical and numeric support enter the answer's score. The "
            "value is the probability that the answer says something that the context does not carry."
        ),
        needs=("answer", "context"),
        labels=(FAITHFUL, UNSUPPORTED, CONTRADICTED),
        criterion=Criterion(name="unfaithful", threshold=_threshold()),
    )

    def __init__(
        self,
        *,
        pairs_per_sentence: int | None = None,
        token_threshold: float = 0.5,
        runtime: Runtime | None = None,
    ) -> None:
        """`pairs_per_sentence`: windows of context read for each sentence, those that hold most of its words first
        (1 to 1000; default: as the model was trained). `token_threshold` in [0, 1]: word pieces above it narrow
        the marks down. Raises InvalidInput and ModelUnavailable.
        """
        self._runtime = runtime or Runtime()
        self._manifest = read_manifest(FAITHFULNESS, self._runtime.weights_path)
        self._settings = _window_settings(self._manifest.window, pairs_per_sentence)
        self._combination = Combination.from_manifest(self._manifest.combination)
        contradicted = self._manifest.threshold_contradicted
        self._marking = Marking(
            answer=self._manifest.threshold,
            sentence=float(self._manifest.combination.get("sentence_threshold", _DEFAULT_SENTENCE_THRESHOLD)),
            contradicted=0.5 if contradicted is None else contradicted,
            token=number("token_threshold", token_threshold, 0.0, 1.0),
        )
        self._model: PairClassifier | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "pairs_per_sentence": self._settings.pairs_per_sentence,
            "max_sentences": self._settings.max_sentences,
            "token_threshold": self._marking.token,
            # Thresholds, windows and the combination stand in the manifest, which the weights' hash leaves out.
            "manifest": content_hash(self._manifest.model_dump(mode="json")),
        }

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return (EMBEDDER_REF, self._manifest.ref)

    def open(self) -> None:
        from evaluator.models.pair_classifier import PairClassifier

        if self._model is None:
            self._model = PairClassifier(self._runtime)

    def close(self) -> None:
        self._model = None

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        """One outcome for each sample, in order; raises only if the evaluator is not open."""
        opened(self._model)
        return score_each(samples, self.spec.needs, self._run)

    def _run(self, samples: list[Sample]) -> list[Outcome]:
        plans = [plan_pairs(s.answer, [p.text for p in s.passages], self._settings) for s in samples]
        texts = [pair for sample, plan in zip(samples, plans, strict=True) for pair in plan.texts(sample.answer)]
        found = iter(self._predict(texts))
        return [
            self._outcome(sample, plan, list(islice(found, len(plan.pairs))))
            for sample, plan in zip(samples, plans, strict=True)
        ]

    def _predict(self, pairs: Sequence[tuple[str, str]]) -> list[PairPrediction]:
        model = opened(self._model)
        starts = range(0, len(pairs), _PAIRS_AT_ONCE)
        return [found for start in starts for found in model.predict(pairs[start : start + _PAIRS_AT_ONCE])]

    def _outcome(self, sample: Sample, plan: PairPlan, predictions: Sequence[PairPrediction]) -> Score:
        order = [self._manifest.labels.index(label) for label in ("supported", UNSUPPORTED, CONTRADICTED)]
        probabilities = np.asarray([p.probabilities[order] for p in predictions], dtype=np.float64).reshape(-1, 3)
        worst = [float(p.risks.max()) if len(p.risks) else 0.0 for p in predictions]
        assessment = assess(plan, probabilities, np.asarray(worst, dtype=np.float64), self._combination)
        label, evidence = self._marking.mark(sample.answer, plan, assessment, predictions)
        bad = len({(e.start, e.end) for e in evidence})
        return Score(
            value=min(1.0, max(0.0, assessment.risk)),
            label=label,
            explanation=f"{bad} of the marked passages are not carried by the context" if bad else "",
            evidence=evidence,
            details={"claims": len(plan.sentences), "windows": len(plan.windows), "pairs": len(plan.pairs)},
        )


def _window_settings(window: dict[str, Any], pairs_per_sentence: int | None) -> WindowSettings:
    """The model's own way of cutting, with the number of windows a sentence chosen by the caller."""
    known = {key: int(window[key]) for key in WindowSettings.__dataclass_fields__ if key in window}
    if pairs_per_sentence is not None:
        known["pairs_per_sentence"] = int(number("pairs_per_sentence", pairs_per_sentence, 1, 1000))
    return WindowSettings(**known)
