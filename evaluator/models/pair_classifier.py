"""The cross-encoder: a window of context and a sentence, read together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from evaluator.models.batching import Row, run_batches
from evaluator.models.heads import TrainedModel
from evaluator.models.manifest import FAITHFULNESS
from evaluator.models.runtime import Runtime
from evaluator.models.tokens import CLS, SEP, Ints, Pieces

Floats = npt.NDArray[np.float32]

SUPPORTED = "supported"
_SPECIAL = 3
_OVERLAP = 16
"""Word pieces that neighbouring parts of an over-long text share."""


@dataclass(frozen=True, slots=True)
class PairPrediction:
    """What the model says of one (window, sentence) pair.

    `probabilities` follow the model's labels and sum to 1. `starts`, `ends` and `risks` hold one entry for each
    word piece of the sentence: its character range in the sentence, and the probability in [0, 1] that it is not
    supported by the window.
    """

    probabilities: Floats
    starts: Ints
    ends: Ints
    risks: Floats


class _Job(NamedTuple):
    pair: int
    window: Pieces
    sentence: Pieces


class PairClassifier:
    """P(supported, unsupported, contradicted) of sentences given windows. Raises ModelUnavailable."""

    def __init__(self, runtime: Runtime, name: str = FAITHFULNESS) -> None:
        self._model = TrainedModel(name, runtime, token_head=True)
        self.manifest = self._model.manifest
        self.labels = self.manifest.labels
        self._supported = self.labels.index(SUPPORTED)

    def predict(self, pairs: Sequence[tuple[str, str]]) -> list[PairPrediction]:
        """One prediction for each (window, sentence), in order; equal pairs are computed once.

        Nothing is truncated. Where a pair does not fit into the model's length, the sentence and then the window
        are read in overlapping parts: a part of the sentence is as supported as the best part of the window says,
        and the sentence as its least supported part.
        """
        unique = {pair: index for index, pair in enumerate(dict.fromkeys(pairs))}
        jobs = self._jobs(list(unique))
        probabilities = np.zeros((len(jobs), len(self.labels)), dtype=np.float32)
        risks: list[Floats] = [np.zeros(0, dtype=np.float32)] * len(jobs)
        lengths = [len(job.window.ids) + len(job.sentence.ids) + _SPECIAL for job in jobs]
        runtime = self._model.runtime
        for batch, hidden, true in run_batches(
            self._model.encoder, lengths, lambda i: _row(jobs[i]), runtime.token_budget, runtime.device
        ):
            probabilities[batch] = torch.softmax(self._model.classify(hidden), dim=-1).cpu().numpy()
            tokens = torch.sigmoid(self._model.judge_tokens(hidden)).cpu().numpy()
            for place, index in enumerate(batch):
                end = int(true[place]) - 1
                risks[index] = tokens[place, end - len(jobs[index].sentence.ids) : end].copy()
        merged = self._merge(len(unique), jobs, probabilities, risks)
        return [merged[unique[pair]] for pair in pairs]

    def _jobs(self, pairs: Sequence[tuple[str, str]]) -> list[_Job]:
        """What to run: one job for a pair that fits, all combinations of parts for one that does not."""
        windows = _encoded(self._model, [window for window, _ in pairs])
        sentences = _encoded(self._model, [sentence for _, sentence in pairs])
        room = self.manifest.max_length - _SPECIAL
        jobs = []
        for index, (window, sentence) in enumerate(pairs):
            first, second = windows[window], sentences[sentence]
            if len(first.ids) + len(second.ids) <= room:
                jobs.append(_Job(index, first, second))
                continue
            for part in second.chunks(room // 2, _OVERLAP):
                jobs.extend(_Job(index, piece, part) for piece in first.chunks(room - len(part.ids), _OVERLAP))
        return jobs

    def _merge(
        self, count: int, jobs: Sequence[_Job], probabilities: Floats, risks: Sequence[Floats]
    ) -> list[PairPrediction]:
        groups: list[dict[int, list[int]]] = [{} for _ in range(count)]
        for index, job in enumerate(jobs):
            start = int(job.sentence.starts[0]) if len(job.sentence.ids) else 0
            groups[job.pair].setdefault(start, []).append(index)
        merged = []
        for parts in groups:
            best = [max(part, key=lambda i: probabilities[i, self._supported]) for part in parts.values()]
            worst = min(best, key=lambda i: probabilities[i, self._supported])
            merged.append(
                PairPrediction(
                    probabilities[worst],
                    np.concatenate([jobs[i].sentence.starts for i in best]),
                    np.concatenate([jobs[i].sentence.ends for i in best]),
                    np.concatenate([risks[i] for i in best]),
                )
            )
        return merged


def _encoded(model: TrainedModel, texts: Sequence[str]) -> dict[str, Pieces]:
    """The pieces of each distinct text: a window meets many sentences and is cut into pieces once."""
    distinct = list(dict.fromkeys(texts))
    return dict(zip(distinct, model.pieces.encode(distinct), strict=True))


def _row(job: _Job) -> Row:
    first = len(job.window.ids) + 2
    return np.concatenate([[CLS], job.window.ids, [SEP], job.sentence.ids, [SEP]]), first
