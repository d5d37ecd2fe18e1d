"""Faithfulness by a model from Hugging Face: inference, factual consistency, or hallucinated spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from evaluator.core.criterion import Criterion
from evaluator.core.evaluator import EvaluatorSpec, ModelRef
from evaluator.core.outcome import Outcome, Score
from evaluator.core.trace import Sample
from evaluator.evaluators.common import marked, number, opened, score_each
from evaluator.evaluators.hub_model import FOLDERS, find_model
from evaluator.evaluators.marking import CONTRADICTED, FAITHFUL, UNSUPPORTED, Marking
from evaluator.models.hub.use import Task
from evaluator.models.runtime import Runtime
from evaluator.text.combine import AnswerAssessment, SentenceAssessment
from evaluator.text.limits import READ_CLAIMS
from evaluator.text.plan import PairPlan, WindowSettings, plan_pairs

if TYPE_CHECKING:
    from evaluator.models.hub.pairs import PairReader
    from evaluator.models.hub.spans import AnswerTokens, SpanReader

_PAIRS_AT_ONCE = 4096
"""Pairs that are in memory at a time, whatever the number of samples."""
_DEFAULT_PAIRS = 8
_CONTRADICTED_AT = 0.5
_WINDOW_SHARE = 0.7
"""Share of a model's length that a window of context may fill; the rest is for the sentence."""


@dataclass(frozen=True, slots=True)
class _Tokens:
    """Characters of the tokens of a sentence, counted from its start, and their risks."""

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    risks: npt.NDArray[np.float32]


class HubFaithfulnessEvaluator:
    """P(the answer's worst claim is not carried by the context), with the characters of the bad ones."""

    folders: ClassVar[tuple[str, ...]] = FOLDERS
    spec: ClassVar[EvaluatorSpec] = EvaluatorSpec(
        name="hub_faithfulness",
        version="2",
        title="Faithfulness to the retrieved context, by a Hugging Face model",
        description=(
            "A model from Hugging Face reads each sentence of the answer against the windows of the context that "
            "share most of its words, or marks the tokens of the answer that the context does not carry. The value "
            "is the probability that the worst claim is not carried."
        ),
        needs=("answer", "context"),
        labels=(FAITHFUL, UNSUPPORTED, CONTRADICTED),
        # By label: the threshold belongs to the model that was named.
        criterion=Criterion(name="unfaithful", bad_labels=(UNSUPPORTED, CONTRADICTED)),
    )

    def __init__(
        self,
        *,
        model: str,
        revision: str | None = None,
        dtype: str = "fp32",
        like: str | None = None,
        bad_labels: Sequence[str] | None = None,
        premise_first: bool | None = None,
        template: str | None = None,
        max_length: int | None = None,
        threshold: float | None = None,
        foundation: str | None = None,
        pairs_per_sentence: int = _DEFAULT_PAIRS,
        runtime: Runtime | None = None,
    ) -> None:
        """`model`: a name on Hugging Face, or a folder (a path that begins with ``/``, ``./``, ``../`` or ``~``).

        `revision`: branch, tag or commit; whatever it is, the commit is pinned. `dtype`: ``"fp32"``, or ``"bf16"``
        for twice the speed where the hardware has it. For models that are not among the known ones: `like` names a
        known one that is read in the same way, `bad_labels` the outputs that do not speak for the answer,
        `premise_first` whether the context comes first, `template` the text around both (``{premise}``,
        ``{hypothesis}``, ``{pad}``, ``{eos}``). `max_length` is in tokens (64 to 32768, spans from 256 on),
        `threshold` in [0, 1]. `foundation`: where the tokenizer comes from that HHEM lacks (``NAME@REVISION`` or a
        folder). `pairs_per_sentence`: windows of context read for each sentence, those that share most of its words
        first (1 to 1000); span models read all at once. Raises InvalidInput and ModelUnavailable.
        """
        self._runtime = runtime or Runtime()
        overrides = {
            "like": like,
            "bad_labels": bad_labels,
            "premise_first": premise_first,
            "template": template,
            "max_length": max_length,
            "threshold": threshold,
            "foundation": foundation,
        }
        self._pairs = int(number("pairs_per_sentence", pairs_per_sentence, 1, 1000))
        self._model = find_model((Task.PAIR, Task.SPANS), model, revision, dtype, overrides)
        limit = self._model.use.threshold
        self._marking = Marking(answer=limit, sentence=limit, contradicted=_CONTRADICTED_AT, token=limit)
        self._pair_reader: PairReader | None = None
        self._span_reader: SpanReader | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        return {"pairs_per_sentence": self._pairs, **self._model.parameters}

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return self._model.models

    def open(self) -> None:
        from evaluator.models.hub.pairs import PairReader
        from evaluator.models.hub.spans import SpanReader

        if self._pair_reader is not None or self._span_reader is not None:
            return
        network = self._model.network(self._runtime)
        if self._model.use.task is Task.SPANS:
            self._span_reader = SpanReader(network)
        else:
            self._pair_reader = PairReader(network)

    def close(self) -> None:
        self._pair_reader = self._span_reader = None

    def score(self, samples: Sequence[Sample]) -> list[Outcome]:
        """One outcome for each sample, in order; raises only if the evaluator is not open."""
        opened(self._pair_reader or self._span_reader)
        # Models for spans read the question, too.
        reads = ("question",) if self._span_reader is not None else ()
        return score_each(samples, self.spec.needs, self._run, reads)

    def _run(self, samples: list[Sample]) -> list[Outcome]:
        return self._by_spans(samples) if self._span_reader is not None else self._by_pairs(samples)

    def _plan(self, sample: Sample, pairs: int, claims: int) -> PairPlan:
        use = self._model.use
        settings = WindowSettings(
            max_pieces=min(use.window, int(_WINDOW_SHARE * use.max_length)),
            pairs_per_sentence=pairs,
            max_sentences=claims,
        )
        return plan_pairs(sample.answer, [passage.text for passage in sample.passages], settings)

    def _by_pairs(self, samples: Sequence[Sample]) -> list[Outcome]:
        plans = [self._plan(sample, self._pairs, READ_CLAIMS.size) for sample in samples]
        texts = [pair for sample, plan in zip(samples, plans, strict=True) for pair in plan.texts(sample.answer)]
        starts = range(0, len(texts), _PAIRS_AT_ONCE)
        reader = opened(self._pair_reader)
        found = iter([row for start in starts for row in reader.predict(texts[start : start + _PAIRS_AT_ONCE])])
        outcomes: list[Outcome] = []
        for sample, plan in zip(samples, plans, strict=True):
            verdicts = list(islice(found, len(plan.pairs)))
            assessment = _assess_pairs(plan, verdicts)
            details = {"claims": len(plan.sentences), "windows": len(plan.windows), "pairs": len(plan.pairs)}
            read = len({index for index, _ in plan.pairs})
            if read < len(plan.sentences):
                details["unread_claims"] = len(plan.sentences) - read
            outcomes.append(self._outcome(sample, plan, assessment, [None] * len(plan.sentences), details))
        return outcomes

    def _by_spans(self, samples: Sequence[Sample]) -> list[Outcome]:
        from evaluator.models.hub.spans import Case

        reader = opened(self._span_reader)
        cases = [Case(s.question.strip(), tuple(p.text for p in s.passages), s.answer) for s in samples]
        # One pair a sentence: the window that shares most of its words is shown beside it.
        plans = [self._plan(sample, 1, len(sample.answer)) for sample in samples]
        outcomes: list[Outcome] = []
        for sample, plan, tokens in zip(samples, plans, reader.predict(cases), strict=True):
            assessment, shown = _assess_tokens(plan, tokens)
            details = {
                "claims": len(plan.sentences),
                "tokens": len(tokens.risks),
                "prompts": tokens.prompts,
                "unread_windows": tokens.unread,
                "truncated": tokens.truncated,
            }
            outcomes.append(self._outcome(sample, plan, assessment, shown, details))
        return outcomes

    def _outcome(
        self,
        sample: Sample,
        plan: PairPlan,
        assessment: AnswerAssessment,
        tokens: Sequence[_Tokens | None],
        details: dict[str, Any],
    ) -> Score:
        risk, label, marks = self._marking.mark(sample.answer, plan, assessment, tokens)
        bad = len({(mark.start, mark.end) for mark in marks})
        evidence, capped = marked(marks, plan.capped)
        return Score(
            value=risk,
            label=label,
            explanation=f"{bad} of the marked passages are not carried by the context" if bad else "",
            evidence=evidence,
            details=details | capped,
        )


def _assess_pairs(plan: PairPlan, verdicts: Sequence[npt.NDArray[np.float64]]) -> AnswerAssessment:
    """Each claim is as supported as its best window says, and the answer as its worst claim; verdicts are [3]."""
    groups: list[list[int]] = [[] for _ in plan.sentences]
    for pair, (sentence, _) in enumerate(plan.pairs):
        groups[sentence].append(pair)
    found = []
    for index, pairs in enumerate(groups):
        best = max(pairs, key=lambda pair: float(verdicts[pair][0]), default=None)
        against = max(pairs, key=lambda pair: float(verdicts[pair][2]), default=None)
        found.append(
            SentenceAssessment(
                span=plan.sentences[index],
                risk=_clipped(1.0 - float(verdicts[best][0])) if best is not None else 0.0,
                contradiction=_clipped(float(verdicts[best][2])) if best is not None else 0.0,
                supporting_window=plan.pairs[best][1] if best is not None else None,
                contradicting_window=plan.pairs[against][1] if against is not None else None,
                support=plan.support[index],
            )
        )
    return AnswerAssessment(max((one.risk for one in found), default=0.0), tuple(found))


def _assess_tokens(plan: PairPlan, tokens: AnswerTokens) -> tuple[AnswerAssessment, list[_Tokens]]:
    """Each claim is as risky as its worst token; with the tokens of every claim."""
    beside = dict(plan.pairs)
    found: list[SentenceAssessment] = []
    shown: list[_Tokens] = []
    ends, starts = np.maximum.accumulate(tokens.ends), np.minimum.accumulate(tokens.starts[::-1])[::-1]
    for index, span in enumerate(plan.sentences):
        # Of a tokenizer's odd tokens some may be empty or out of order: what lies outside of these never counts.
        near = slice(np.searchsorted(ends, span.start, side="right"), np.searchsorted(starts, span.end))
        first, last, risks = tokens.starts[near], tokens.ends[near], tokens.risks[near]
        inside = (first < span.end) & (last > span.start)
        own = _Tokens(
            np.clip(first[inside] - span.start, 0, None),
            np.clip(last[inside], None, span.end) - span.start,
            risks[inside],
        )
        shown.append(own)
        risk = _clipped(float(own.risks.max(initial=0.0)))
        found.append(SentenceAssessment(span, risk, 0.0, beside.get(index), None, plan.support[index]))
    return AnswerAssessment(max((one.risk for one in found), default=0.0), tuple(found)), shown


def _clipped(value: float) -> float:
    return min(1.0, max(0.0, value))
