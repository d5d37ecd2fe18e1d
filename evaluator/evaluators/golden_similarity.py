"""Similarity to golden responses: does the answer say what a careful person would have said?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from evaluator.core.criterion import Criterion, Direction, Scale
from evaluator.core.errors import InvalidInput
from evaluator.core.evaluator import EvaluatorSpec, GoldenIndex, GoldenItem, ModelRef
from evaluator.core.outcome import Failure, Outcome, Reason, Score
from evaluator.core.trace import Sample
from evaluator.evaluators.common import number, opened, score_each, text, whole
from evaluator.models.files.weights import EMBEDDER_PRECISION, EMBEDDER_REF
from evaluator.models.runtime import Runtime
from evaluator.text.groups import in_groups
from evaluator.text.limits import GOLDEN_ITEMS, GOLDEN_PROMPTS, GOLDEN_RESPONSES

if TYPE_CHECKING:
    from evaluator.models.readers.bertscore import BertScore
    from evaluator.models.readers.embedder import Embedder

SIMILAR, DIFFERENT = "similar", "different"
LAYER = 6
"""The layer whose states BERTScore compares: of 4, 5 and 6 the one that agrees best with people (STS-B, EVOUNA)."""
BASELINE = 0.14
"""Mean raw BERTScore F1 of unrelated texts at that layer: what is rescaled to 0."""
THRESHOLD = 0.65
"""Badness from which an answer is called different: between paraphrases (a tenth below a similarity of 0.39) and
unrelated texts (a twentieth above 0.22)."""

_PROMPTS_CHARS = 150_000
"""Characters of golden prompts that are embedded at a time."""

Floats = npt.NDArray[np.float32]


class GoldenSimilarityEvaluator:
    """Similarity in [0, 1] of the answer to the best golden response of the nearest golden prompt."""

    spec: ClassVar[EvaluatorSpec] = EvaluatorSpec(
        name="golden_similarity",
        version="2",
        title="Similarity to golden responses",
        description=(
            "Finds the golden item whose prompt is nearest to the question, and compares the answer with its "
            "responses: the mean of the cosine of their embeddings and of BERTScore F1, rescaled so that unrelated "
            "texts are near 0. The best response counts."
        ),
        needs=("question", "answer"),
        labels=(SIMILAR, DIFFERENT),
        scale=Scale(direction=Direction.HIGHER_IS_BETTER),
        criterion=Criterion(name="off_golden", threshold=THRESHOLD),
    )

    def __init__(
        self,
        *,
        golden_set: str,
        version: str | None = None,
        min_prompt_similarity: float = 0.75,
        precision: str | None = None,
        golden: GoldenIndex | None = None,
        runtime: Runtime | None = None,
    ) -> None:
        """`golden_set` at `version` (default: the newest now; it stays pinned). A question whose nearest golden
        prompt has a cosine below `min_prompt_similarity` in [-1, 1] is not scored. `precision`: what the embedder
        computes in, "fp32" or "bf16" (the default).

        Raises InvalidInput, and NotFound for an unknown set or version.
        """
        if golden is None:
            raise InvalidInput("golden", "golden_similarity needs a source of golden sets")
        self._runtime = (runtime or Runtime()).at(precision, EMBEDDER_PRECISION)
        self._golden = golden
        self._set = text("golden_set", golden_set)
        wanted = None if version is None else text("version", version)
        self._version = golden.version(self._set, wanted)
        self._min_similarity = number("min_prompt_similarity", min_prompt_similarity, -1.0, 1.0)
        self._items: Sequence[GoldenItem] = ()
        self._prompts: Floats = np.zeros((0, 0), dtype=np.float32)
        self._embedder: Embedder | None = None
        self._bertscore: BertScore | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "golden_set": self._set,
            "version": self._version,
            "min_prompt_similarity": self._min_similarity,
            "precision": self._runtime.precision,
            "bertscore_layer": LAYER,
            "bertscore_baseline": BASELINE,
        }

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return (EMBEDDER_REF,)

    def open(self) -> None:
        from evaluator.models.readers.bertscore import BertScore
        from evaluator.models.readers.embedder import Embedder

        if self._embedder is None:
            self._items = self._golden.items(self._set, self._version)
            _check_size(self._items)
            self._bertscore = BertScore(self._runtime, LAYER)
            self._embedder = Embedder(self._runtime)
            prompts = in_groups((item.prompt for item in self._items), len, _PROMPTS_CHARS)
            found = [self._embedder.encode(group) for group in prompts]
            self._prompts = np.concatenate(found) if found else self._prompts

    def close(self) -> None:
        self._embedder = self._bertscore = None
        self._items, self._prompts = (), np.zeros((0, 0), dtype=np.float32)

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        """One outcome for each sample, in order; raises only if the evaluator is not open."""
        opened(self._embedder)
        return score_each(samples, self.spec.needs, self._run)

    def _run(self, samples: list[Sample]) -> list[Outcome]:
        if not len(self._items):
            return [self._no_match(0.0) for _ in samples]
        nearness = opened(self._embedder).encode([s.question for s in samples]) @ self._prompts.T
        nearest = nearness.argmax(axis=1)
        found = nearness.max(axis=1)
        near = [i for i in range(len(samples)) if found[i] >= self._min_similarity]
        pairs = [(i, response) for i in near for response in self._items[nearest[i]].responses]
        compared: dict[int, list[tuple[float, float]]] = {i: [] for i in near}
        for (i, _), values in zip(pairs, self._compare([(samples[i].answer, r) for i, r in pairs]), strict=True):
            compared[i].append(values)
        return [
            self._score(samples[i], self._items[nearest[i]], float(found[i]), compared[i])
            if i in compared
            else self._no_match(float(found[i]))
            for i in range(len(samples))
        ]

    def _compare(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[float, float]]:
        """Cosine and rescaled BERTScore F1, both in [0, 1], of each (answer, response)."""
        if not pairs:
            return []
        answers, responses = [a for a, _ in pairs], [r for _, r in pairs]
        embedder = opened(self._embedder)
        cosines = (embedder.encode(answers) * embedder.encode(responses)).sum(axis=1)
        scores = opened(self._bertscore).f1(answers, responses)
        return [
            (_unit(float(cosine)), _unit((f1 - BASELINE) / (1.0 - BASELINE)))
            for cosine, f1 in zip(cosines, scores, strict=True)
        ]

    def _score(
        self, sample: Sample, item: GoldenItem, nearness: float, compared: Sequence[tuple[float, float]]
    ) -> Score:
        best = max(range(len(compared)), key=lambda i: sum(compared[i]))
        cosine, f1 = compared[best]
        value = (cosine + f1) / 2.0
        badness = self.spec.scale.badness(value)
        different = badness >= THRESHOLD
        return Score(
            value=value,
            label=DIFFERENT if different else SIMILAR,
            evidence=whole(sample.answer, DIFFERENT, badness) if different else (),
            explanation=f"compared with response {best + 1} of golden item {item.id}",
            details={
                "item": item.id,
                "response": best,
                "prompt_similarity": round(nearness, 6),
                "cosine": round(cosine, 6),
                "bertscore_f1": round(f1, 6),
                "truncated": opened(self._bertscore).truncated(sample.answer),
            },
        )

    def _no_match(self, nearness: float) -> Failure:
        return Failure(
            reason=Reason.NO_GOLDEN_MATCH,
            message=(
                f"no prompt of {self._set} is near the question: the nearest has a cosine of {nearness:.2f}, "
                f"and {self._min_similarity:.2f} is asked for"
            ),
        )


def _check_size(items: Sequence[GoldenItem]) -> None:
    """Raises InvalidInput for a set that takes too long to read."""
    prompts = sum(len(item.prompt) for item in items)
    longest = max(items, key=lambda item: sum(map(len, item.responses)), default=None)
    responses = sum(map(len, longest.responses)) if longest else 0
    for what, size, limit in (
        ("items", len(items), GOLDEN_ITEMS),
        ("characters of prompts", prompts, GOLDEN_PROMPTS),
        (f"characters of responses in item {longest.id if longest else ''}", responses, GOLDEN_RESPONSES),
    ):
        if size > limit.size:
            problem = f"has {size:,} {what}, the limit is {limit.size:,}"
            raise InvalidInput("parameters.golden_set", problem, "Push a smaller set")


def _unit(value: float) -> float:
    return min(1.0, max(0.0, value))
