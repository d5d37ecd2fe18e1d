"""Faithfulness: is every sentence of the answer carried by the retrieved context?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evaluator.core.criterion import Criterion
from evaluator.core.errors import InvalidInput
from evaluator.core.evaluator import EvaluatorSpec, ModelRef
from evaluator.core.outcome import Outcome, Score
from evaluator.core.trace import Sample
from evaluator.evaluators.common import marked, number, opened, score_each, with_threshold
from evaluator.evaluators.marking import CONTRADICTED, FAITHFUL, UNSUPPORTED, Marking
from evaluator.models.files.manifest import FAITHFULNESS, find_manifest, read_manifest
from evaluator.models.files.weights import EMBEDDER_REF
from evaluator.models.runtime import Runtime
from evaluator.text.combine import Combination, assess
from evaluator.text.plan import WindowSettings

if TYPE_CHECKING:
    from evaluator.models.readers.detector import Detected, Detector

_SAMPLES_AT_ONCE = 64
"""Samples whose readings are in memory at a time."""
_DEFAULT_SENTENCE_THRESHOLD, _DEFAULT_TOKEN_THRESHOLD = 0.5, 0.1


def _threshold() -> float:
    manifest = find_manifest(FAITHFULNESS)
    return manifest.threshold if manifest else 0.5


class FaithfulnessEvaluator:
    """P(the answer says something that the context does not carry), with the characters that do."""

    spec: EvaluatorSpec = EvaluatorSpec(
        name="faithfulness",
        version="3",
        title="Faithfulness to the retrieved context",
        description=(
            "A cross-encoder reads the answer beside the windows of the context that share most of its words and "
            "says of every claim and every word whether they carry it; how near the answer's words come to the "
            "context's, and which words, numbers and names are missing there, enter the answer's score. The value is "
            "the probability that the answer says something that the context does not carry; it is 0 for an answer "
            "that claims nothing, such as a refusal or a question back."
        ),
        needs=("answer", "context"),
        labels=(FAITHFUL, UNSUPPORTED, CONTRADICTED),
        criterion=Criterion(name="unfaithful", threshold=_threshold()),
    )

    def __init__(
        self,
        *,
        model: str = FAITHFULNESS,
        pairs_per_sentence: int | None = None,
        token_threshold: float | None = None,
        precision: str | None = None,
        prior: float | None = None,
        intercept: float | None = None,
        runtime: Runtime | None = None,
    ) -> None:
        """`model`: a trained detector by name: a bundled one, or what `faithline train` registered.
        `pairs_per_sentence`: windows of context read for each sentence, those that hold most of its words first
        (1 to 1000; default: as the model was trained). `token_threshold` in [0, 1]: word pieces above it narrow
        the marks down (default: the model's). `precision`: what the network computes in, "fp32" or "bf16" (default:
        as the model declares). `prior`: the share of answers that are bad, from 0.001 to 0.999, which the score is
        then a probability at (default: the model's base rate, half for the bundled ones). `intercept`: instead of
        it, what is added to a score's log-odds, from -10 to 10, as `faithline train faithfulness --intercept-only`
        finds it.
        Raises InvalidInput and ModelUnavailable.
        """
        handed = runtime or Runtime()
        self._name = model
        self._manifest = read_manifest(model, handed.weights_path)
        self._runtime = handed.at(precision, self._manifest.compute)
        self._settings = _window_settings(self._manifest.window, pairs_per_sentence)
        self._own = _known_of_traffic(prior, intercept)
        self._combination = Combination.from_manifest(self._manifest.combination).shifted(
            _shift(self._own, self._manifest.base_rate)
        )
        contradicted, fitted = self._manifest.threshold_contradicted, self._manifest.combination
        if token_threshold is None:
            token_threshold = float(fitted.get("token_threshold", _DEFAULT_TOKEN_THRESHOLD))
        self._marking = Marking(
            answer=self._manifest.threshold,
            sentence=float(fitted.get("sentence_threshold", _DEFAULT_SENTENCE_THRESHOLD)),
            contradicted=0.5 if contradicted is None else contradicted,
            token=number("token_threshold", token_threshold, 0.0, 1.0),
            by_answer=bool(fitted.get("marks_by_answer", False)),
        )
        self.spec = with_threshold(type(self).spec, self._manifest.threshold)
        self._model: Detector | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "model": self._name,
            "pairs_per_sentence": self._settings.pairs_per_sentence,
            "max_sentences": self._settings.max_sentences,
            "token_threshold": self._marking.token,
            "precision": self._runtime.precision,
            # Thresholds, windows and the combination stand in the manifest, which the weights' hash leaves out.
            "manifest": self._manifest.digest,
            **self._own,
        }

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return (EMBEDDER_REF, self._manifest.ref)

    def open(self) -> None:
        from evaluator.models.readers.detector import Detector

        if self._model is None:
            self._model = Detector(self._runtime, self._name, self._settings)

    def close(self) -> None:
        self._model = None

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        """One outcome for each sample, in order; raises only if the evaluator is not open."""
        opened(self._model)
        return score_each(samples, self.spec.needs, self._run)

    def _run(self, samples: list[Sample]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for start in range(0, len(samples), _SAMPLES_AT_ONCE):
            some = samples[start : start + _SAMPLES_AT_ONCE]
            found = opened(self._model).detect([(s.answer, [p.text for p in s.passages]) for s in some])
            outcomes += [self._outcome(sample, one) for sample, one in zip(some, found, strict=True)]
        return outcomes

    def _outcome(self, sample: Sample, found: Detected) -> Score:
        assessment = assess(found.plan, found.readings, self._combination)
        risk, label, marks = self._marking.mark(sample.answer, found.plan, assessment, found.tokens)
        bad = len({(mark.start, mark.end) for mark in marks})
        evidence, capped = marked(marks, found.plan.capped)
        return Score(
            value=risk,
            label=label,
            explanation=f"{bad} of the marked passages are not carried by the context" if bad else "",
            evidence=evidence,
            details={
                "claims": len(found.plan.sentences),
                "windows": len(found.plan.windows),
                "pairs": len(found.plan.pairs),
                **capped,
            },
        )


def _known_of_traffic(prior: float | None, intercept: float | None) -> dict[str, float]:
    """The parameter that is given, checked. Raises InvalidInput, also for both."""
    if prior is not None and intercept is not None:
        raise InvalidInput("parameters.prior", "is given beside intercept", "Give one of them")
    if prior is not None:
        return {"prior": number("prior", prior, 0.001, 0.999)}
    return {} if intercept is None else {"intercept": number("intercept", intercept, -10.0, 10.0)}


def _shift(own: Mapping[str, float], base_rate: float) -> float:
    if "prior" in own:
        rates = own["prior"], base_rate
        return math.log(rates[0] / (1.0 - rates[0])) - math.log(rates[1] / (1.0 - rates[1]))
    return own.get("intercept", 0.0)


def _window_settings(window: dict[str, Any], pairs_per_sentence: int | None) -> WindowSettings:
    """The model's own way of cutting, with the number of windows a sentence chosen by the caller."""
    known = {key: int(window[key]) for key in WindowSettings.__dataclass_fields__ if key in window}
    if pairs_per_sentence is not None:
        known["pairs_per_sentence"] = int(number("pairs_per_sentence", pairs_per_sentence, 1, 1000))
    return WindowSettings(**known)
