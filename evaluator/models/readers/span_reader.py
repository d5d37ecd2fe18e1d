"""The span reader: a window of context and a part of an answer, read together, one verdict a claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from evaluator.models.encoder.batching import Row, run_batches
from evaluator.models.encoder.tokens import CLS, SEP, Ints, Pieces
from evaluator.models.files.manifest import FAITHFULNESS
from evaluator.models.readers.heads import TrainedModel
from evaluator.models.runtime import Runtime
from evaluator.text.sentences import Span

Floats = npt.NDArray[np.float32]

SUPPORTED = "supported"
_SPECIAL = 3
_OVERLAP = 16
"""Word pieces that neighbouring parts of an over-long text share."""


class ReadRequest(NamedTuple):
    """A window's text, a part of the answer, and the ranges of that part which are claims, in order."""

    window: str
    part: str
    claims: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ClaimReading:
    """What the model says of one claim beside one window.

    `probabilities` follow the model's labels and sum to 1. `starts`, `ends` and `risks` hold one entry for each
    word piece of the claim: its character range in the claim, and the probability in [0, 1] that the window does
    not support it.
    """

    probabilities: Floats
    starts: Ints
    ends: Ints
    risks: Floats


class _Job(NamedTuple):
    """One row of the network: a piece of a request, with the tokens [first, last) of each claim in it."""

    request: int
    window: Pieces
    part: Pieces
    claims: tuple[tuple[int, int, int], ...]


class SpanReader:
    """P(supported, unsupported, contradicted) of claims beside windows, and the risk of each word piece.

    Raises ModelUnavailable.
    """

    def __init__(self, runtime: Runtime, name: str = FAITHFULNESS) -> None:
        self._model = TrainedModel(name, runtime, token_head=True)
        self.manifest = self._model.manifest
        self.labels = self.manifest.labels
        self._supported = self.labels.index(SUPPORTED)

    def read(self, requests: Sequence[ReadRequest]) -> list[list[ClaimReading]]:
        """One reading for each claim of each request, in order; equal requests are computed once.

        Nothing is truncated. Where a request does not fit into the model's length, part and window are read in
        overlapping pieces: a piece of a claim is as supported as the best piece of the window says, and the claim
        as its least supported piece.
        """
        unique = {request: index for index, request in enumerate(dict.fromkeys(requests))}
        jobs = self._jobs(list(unique))
        verdicts = self._run(jobs)
        grouped: list[list[int]] = [[] for _ in unique]
        for index, job in enumerate(jobs):
            grouped[job.request].append(index)
        merged = [
            [
                self._merge(claim, span, [(jobs[i], *verdicts[i]) for i in group])
                for claim, span in enumerate(r.claims)
            ]
            for r, group in zip(unique, grouped, strict=True)
        ]
        return [merged[unique[request]] for request in requests]

    def encode(self, texts: Sequence[str]) -> list[Pieces]:
        """The word pieces of each text."""
        return self._model.pieces.encode(texts)

    def size(self, requests: Sequence[ReadRequest]) -> int:
        """The tokens that `read` would read for them."""
        return sum(_length(job) for job in self._jobs(list(dict.fromkeys(requests))))

    def _jobs(self, requests: Sequence[ReadRequest]) -> list[_Job]:
        windows = _encoded(self._model, [request.window for request in requests])
        parts = _encoded(self._model, [request.part for request in requests])
        room = self.manifest.max_length - _SPECIAL
        jobs = []
        for index, request in enumerate(requests):
            window, part = windows[request.window], parts[request.part]
            fits = len(window.ids) + len(part.ids) <= room
            for piece in [part] if fits else part.chunks(room // 2, _OVERLAP):
                claims = _tokens_of(request.claims, piece)
                sides = [window] if fits else window.chunks(room - len(piece.ids), _OVERLAP)
                jobs += [_Job(index, side, piece, claims) for side in sides]
        return jobs

    def _run(self, jobs: Sequence[_Job]) -> list[tuple[Floats, Floats]]:
        """Of every job: probabilities [claims, labels], and the risk of each word piece of its part."""
        found: list[tuple[Floats, Floats]] = [(np.zeros((0, 0), np.float32), np.zeros(0, np.float32))] * len(jobs)
        lengths = [_length(job) for job in jobs]
        runtime = self._model.runtime
        for batch, hidden, _ in run_batches(
            self._model.encoder, lengths, lambda i: _row(jobs[i]), runtime.token_budget, runtime.device, read="second"
        ):
            offsets = [len(jobs[i].window.ids) + 2 for i in batch]
            ranges = [
                (place, offset + first, offset + last)
                for place, (i, offset) in enumerate(zip(batch, offsets, strict=True))
                for _, first, last in jobs[i].claims
            ]
            logits = self._model.judge_ranges(hidden, ranges)
            probabilities = torch.softmax(logits, dim=-1).float().cpu().numpy()
            tokens = torch.sigmoid(self._model.judge_tokens(hidden)).float().cpu().numpy()
            start = 0
            for place, (i, offset) in enumerate(zip(batch, offsets, strict=True)):
                end = start + len(jobs[i].claims)
                risks = tokens[place, offset : offset + len(jobs[i].part.ids)].copy()
                found[i] = (probabilities[start:end], risks)
                start = end
        return found

    def _merge(self, claim: int, span: Span, jobs: Sequence[tuple[_Job, Floats, Floats]]) -> ClaimReading:
        """The claim over all jobs of its request: best window for each piece of it, then its worst piece."""
        pieces: dict[tuple[int, int], list[tuple[Floats, Floats, Ints, Ints]]] = {}
        for job, probabilities, risks in jobs:
            for place, (owner, first, last) in enumerate(job.claims):
                if owner == claim:
                    starts, ends = job.part.starts[first:last] - span.start, job.part.ends[first:last] - span.start
                    pieces.setdefault((int(starts[0]), int(starts[-1])), []).append(
                        (probabilities[place], risks[first:last], starts, ends)
                    )
        if not pieces:
            even = np.full(len(self.labels), 1.0 / len(self.labels), dtype=np.float32)
            none = np.zeros(0, dtype=np.int64)
            return ClaimReading(even, none, none, np.zeros(0, dtype=np.float32))
        best = [max(found, key=lambda one: float(one[0][self._supported])) for found in pieces.values()]
        worst = min(best, key=lambda one: float(one[0][self._supported]))
        return ClaimReading(
            worst[0],
            np.concatenate([one[2] for one in best]),
            np.concatenate([np.minimum(one[3], span.end - span.start) for one in best]),
            np.concatenate([np.min([one[1] for one in found], axis=0) for found in pieces.values()]),
        )


def _tokens_of(claims: Sequence[Span], piece: Pieces) -> tuple[tuple[int, int, int], ...]:
    """(claim, first, last) of every claim that has word pieces here; a word piece belongs to where it begins."""
    bounds = np.searchsorted(piece.starts, [[span.start, span.end] for span in claims])
    return tuple((index, int(a), int(b)) for index, (a, b) in enumerate(bounds.reshape(-1, 2)) if a < b)


def _encoded(model: TrainedModel, texts: Sequence[str]) -> dict[str, Pieces]:
    """The pieces of each distinct text: a window meets many parts and is cut into pieces once."""
    distinct = list(dict.fromkeys(texts))
    return dict(zip(distinct, model.pieces.encode(distinct), strict=True))


def _length(job: _Job) -> int:
    return len(job.window.ids) + len(job.part.ids) + _SPECIAL


def _row(job: _Job) -> Row:
    first = len(job.window.ids) + 2
    return np.concatenate([[CLS], job.window.ids, [SEP], job.part.ids, [SEP]]), first
