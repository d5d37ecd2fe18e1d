"""How near each word piece of an answer comes to some word piece of its context.

The greedy matching of BERTScore (Zhang et al., 2020) in one direction, on the base embedder: a soft form of counting
the answer's words that the context lacks. Windows that were read before, in whatever trace, come from the cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from evaluator.models.base import shared_base
from evaluator.models.encoder.cache import content_key
from evaluator.models.encoder.tokens import Pieces
from evaluator.models.runtime import Runtime
from evaluator.text.alignment import AlignedTokens

_MAX_PIECES = 510
_KIND = "alignment"
_WINDOWS_AT_ONCE = 256
"""Windows whose states are in memory at a time (about 100 MB)."""
_PIECES_AT_ONCE = 128 * _MAX_PIECES
"""Word pieces of answers whose states are in memory at a time (100 MB)."""
Floats = npt.NDArray[np.float32]


class AlignRequest(NamedTuple):
    """An answer, and the texts of the windows of its context that are looked at."""

    answer: str
    windows: tuple[str, ...]


class _Job(NamedTuple):
    """A part of the answer of one request, and the windows that it is compared with."""

    request: int
    part: Pieces
    windows: tuple[str, ...]


class Aligner:
    """Loads in the constructor; raises ModelUnavailable."""

    def __init__(self, runtime: Runtime) -> None:
        self._base = shared_base(runtime)
        self._runtime = runtime

    def align(self, requests: Sequence[AlignRequest]) -> list[AlignedTokens]:
        """The word pieces of each answer with their highest cosine in [-1, 1]; 0 where there is no window."""
        pieces = self._base.pieces.encode([request.answer for request in requests])
        jobs = [
            _Job(index, part, request.windows)
            for index, request in enumerate(requests)
            for part in pieces[index].chunks(_PIECES_AT_ONCE)
        ]
        best: list[list[Floats]] = [[] for _ in requests]
        for group in _groups(jobs):
            for job, found in zip(group, self._some(group), strict=True):
                best[job.request].append(found)
        return [
            AlignedTokens(part.starts, part.ends, np.concatenate(found))
            for part, found in zip(pieces, best, strict=True)
        ]

    def _some(self, jobs: Sequence[_Job]) -> Iterator[Floats]:
        """The highest cosine of each word piece of every job; jobs of one group share their windows' states."""
        own = self._states([job.part for job in jobs])
        windows = list(dict.fromkeys(window for job in jobs for window in job.windows))
        best: list[Tensor | None] = [None] * len(jobs)
        for start in range(0, len(windows), _WINDOWS_AT_ONCE):
            contexts = self._windows(windows[start : start + _WINDOWS_AT_ONCE])
            for index, job in enumerate(jobs):
                for states in (contexts[window] for window in job.windows if window in contexts):
                    if len(states) and len(own[index]):
                        found, known = _best(own[index], states), best[index]
                        best[index] = found if known is None else torch.maximum(known, found)
        for job, values in zip(jobs, best, strict=True):
            yield np.zeros(len(job.part.ids), dtype=np.float32) if values is None else values.cpu().numpy()

    def _windows(self, texts: Sequence[str]) -> dict[str, Tensor]:
        """Token states of every window, from the cache where they are there."""
        states: dict[str, Tensor] = {}
        missing = []
        for text in texts:
            known = self._base.cache.get(content_key(_KIND, text))
            if known is None:
                missing.append(text)
            else:
                states[text] = torch.from_numpy(known.copy()).to(self._runtime.device)
        for text, found in zip(missing, self._states(self._base.pieces.encode(missing)), strict=True):
            states[text] = found
            self._base.cache.put(content_key(_KIND, text), found.cpu().numpy())
        return states

    def _states(self, texts: Sequence[Pieces]) -> list[Tensor]:
        """Unit token states [n, H] of each text without [CLS] and [SEP]; a long one is read in parts."""
        owners, rows = [], []
        for index, pieces in enumerate(texts):
            for part in pieces.chunks(_MAX_PIECES):
                owners.append(index)
                rows.append(part.ids)
        parts: list[Tensor] = [torch.zeros(0)] * len(rows)
        for batch, hidden, lengths in self._base.run(rows, self._runtime):
            unit = torch.nn.functional.normalize(hidden.float(), dim=-1)
            for place, index in enumerate(batch):
                parts[index] = unit[place, 1 : int(lengths[place]) - 1]
        joined: list[list[Tensor]] = [[] for _ in texts]
        for owner, states in zip(owners, parts, strict=True):
            joined[owner].append(states)
        return [torch.cat(found) for found in joined]


def _groups(jobs: Sequence[_Job]) -> list[list[_Job]]:
    groups: list[list[_Job]] = []
    windows = pieces = 0
    for job in jobs:
        windows, pieces = windows + len(job.windows), pieces + len(job.part.ids)
        if not groups or windows > _WINDOWS_AT_ONCE or pieces > _PIECES_AT_ONCE:
            groups.append([])
            windows, pieces = len(job.windows), len(job.part.ids)
        groups[-1].append(job)
    return groups


def _best(own: Tensor, other: Tensor) -> Tensor:
    with torch.inference_mode():
        return (own @ other.T).amax(dim=1)
