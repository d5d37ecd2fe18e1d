"""How near each word piece of an answer comes to some word piece of its context.

The greedy matching of BERTScore (Zhang et al., 2020) in one direction, on the base embedder: a soft form of counting
the answer's words that the context lacks. Windows that were read before, in whatever trace, come from the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
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
"""Windows whose states are in memory at a time (about 100 MB), or those of one answer."""


class AlignRequest(NamedTuple):
    """An answer, and the texts of the windows of its context that are looked at."""

    answer: str
    windows: tuple[str, ...]


class Aligner:
    """Loads in the constructor; raises ModelUnavailable."""

    def __init__(self, runtime: Runtime) -> None:
        self._base = shared_base(runtime)
        self._runtime = runtime

    def align(self, requests: Sequence[AlignRequest]) -> list[AlignedTokens]:
        """The word pieces of each answer with their highest cosine in [-1, 1]; 0 where there is no window."""
        return [found for group in _groups(requests) for found in self._some(group)]

    def _some(self, requests: Sequence[AlignRequest]) -> list[AlignedTokens]:
        answers = list(dict.fromkeys(request.answer for request in requests))
        windows = list(dict.fromkeys(window for request in requests for window in request.windows))
        pieces = dict(zip(answers, self._base.pieces.encode(answers), strict=True))
        own = dict(zip(answers, self._states([pieces[answer] for answer in answers]), strict=True))
        contexts = self._windows(windows)
        found = []
        for request in requests:
            part = pieces[request.answer]
            best = np.zeros(len(part.ids), dtype=np.float32)
            states = [contexts[window] for window in request.windows if len(contexts[window])]
            if states and len(part.ids):
                best = torch.stack([_best(own[request.answer], other) for other in states]).amax(0).cpu().numpy()
            found.append(AlignedTokens(part.starts, part.ends, best))
        return found

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


def _groups(requests: Sequence[AlignRequest]) -> list[list[AlignRequest]]:
    groups: list[list[AlignRequest]] = []
    held = 0
    for request in requests:
        if not groups or held + len(request.windows) > _WINDOWS_AT_ONCE:
            groups.append([])
            held = 0
        groups[-1].append(request)
        held += len(request.windows)
    return groups


def _best(own: Tensor, other: Tensor) -> Tensor:
    with torch.inference_mode():
        return (own @ other.T).amax(dim=1)
