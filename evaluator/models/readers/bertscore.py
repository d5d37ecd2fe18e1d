"""BERTScore on the base embedder (Zhang et al., 2020, "BERTScore: Evaluating Text Generation with BERT")."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from evaluator.core.errors import InvalidInput
from evaluator.models.base import shared_base
from evaluator.models.encoder.cache import CacheCounts, content_key
from evaluator.models.encoder.tokens import Ints
from evaluator.models.files.loading import SHAPE
from evaluator.models.runtime import Runtime

MAX_PIECES = 510
"""Word pieces of a text that are compared; the model has 512 positions."""
_PAIRS_AT_ONCE = 64
"""Pairs whose states are in memory at a time: at most 100 MB, whatever the number of pairs."""
_MATCH_BUDGET = 4_000_000
"""Cosines in one product of a group of pairs (16 MB)."""


class BertScore:
    """F1 of candidates against references. Loads once; raises ModelUnavailable, and InvalidInput for the layer."""

    def __init__(self, runtime: Runtime, layer: int) -> None:
        """`layer` in 1..6: whose states are compared."""
        if not 1 <= layer <= SHAPE.layers:
            raise InvalidInput("layer", f"must be from 1 to {SHAPE.layers}, got {layer}")
        self._base = shared_base(runtime)
        self._runtime = runtime
        self._layer = layer

    @property
    def cached(self) -> CacheCounts:
        """How the cache of the base embedder has done; sentence embeddings are in it, too."""
        return self._base.cache.counts()

    def f1(self, candidates: Sequence[str], references: Sequence[str]) -> list[float]:
        """Raw F1 (a cosine, at most 1) of each candidate against the reference at its place.

        A text without a word piece scores 0. Longer texts are compared by their first 510 word pieces. The states
        of references are kept: the same golden response meets many answers.
        """
        pairs = list(zip(candidates, references, strict=True))
        distinct = list(dict.fromkeys(pairs))
        found: dict[tuple[str, str], float] = {}
        for start in range(0, len(distinct), _PAIRS_AT_ONCE):
            some = distinct[start : start + _PAIRS_AT_ONCE]
            found.update(zip(some, self._some(some), strict=True))
        return [found[pair] for pair in pairs]

    def truncated(self, text: str) -> bool:
        """Whether `text` is longer than what is compared of it."""
        return self._base.pieces.count(text) > MAX_PIECES

    def _some(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        states = self._states([c for c, _ in pairs], [r for _, r in pairs])
        scores = [0.0] * len(pairs)
        sizes = [(len(states[c]), len(states[r])) for c, r in pairs]
        # Without a word piece there are only [CLS] and [SEP], which count for nothing.
        order = sorted((i for i, (c, r) in enumerate(sizes) if min(c, r) > 2), key=lambda i: sizes[i])
        for group in _groups(order, sizes):
            matched = _greedy_f1([states[pairs[i][0]] for i in group], [states[pairs[i][1]] for i in group])
            for index, value in zip(group, matched.tolist(), strict=True):
                scores[index] = value
        return scores

    def _states(self, candidates: Sequence[str], references: Sequence[str]) -> dict[str, Tensor]:
        """Unit token states [T, H] of every text, [CLS] and [SEP] at the ends."""
        kept = set(references)
        states: dict[str, Tensor] = {}
        missing = []
        for text in dict.fromkeys([*candidates, *references]):
            known = self._base.cache.get(self._key(text)) if text in kept else None
            if known is None:
                missing.append(text)
            else:
                states[text] = torch.tensor(known, device=self._runtime.device)
        rows: list[Ints] = [pieces.ids[:MAX_PIECES] for pieces in self._base.pieces.encode(missing)]
        for batch, hidden, lengths in self._base.run(rows, self._runtime, depth=self._layer):
            unit = torch.nn.functional.normalize(hidden, dim=-1)
            for place, index in enumerate(batch):
                text = missing[index]
                states[text] = unit[place, : int(lengths[place])]
                if text in kept:
                    self._base.cache.put(self._key(text), states[text].cpu().numpy())
        return states

    def _key(self, text: str) -> bytes:
        return content_key(f"states-{self._layer}", text)


def _groups(order: Sequence[int], sizes: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Pairs that are matched in one product, neighbours in `order`."""
    groups: list[list[int]] = []
    for index in order:
        current = groups[-1] if groups else []
        both = [sizes[i] for i in (*current, index)]
        cells = len(both) * max(c for c, _ in both) * max(r for _, r in both)
        if current and cells <= _MATCH_BUDGET:
            current.append(index)
        else:
            groups.append([index])
    return groups


def _greedy_f1(candidates: Sequence[Tensor], references: Sequence[Tensor]) -> npt.NDArray[np.float64]:
    """F1 of each pair [n]: every word piece is worth its best cosine with a token of the other text."""
    with torch.inference_mode():
        first, second = (
            pad_sequence(list(candidates), batch_first=True),
            pad_sequence(list(references), batch_first=True),
        )
        cosines = torch.bmm(first, second.transpose(1, 2))
        precision = _mean_best(cosines, candidates, references)
        recall = _mean_best(cosines.transpose(1, 2), references, candidates)
        f1 = 2.0 * precision * recall / (precision + recall)
    return torch.nan_to_num(f1).double().cpu().numpy()


def _mean_best(cosines: Tensor, own: Sequence[Tensor], other: Sequence[Tensor]) -> Tensor:
    """The mean over a text's word pieces of their best cosine, [n]; [CLS] and [SEP] are matched, but do not count."""
    device = cosines.device
    sizes = torch.tensor([len(states) for states in own], device=device)
    limits = torch.tensor([len(states) for states in other], device=device)
    outside = torch.arange(cosines.shape[2], device=device)[None, None, :] >= limits[:, None, None]
    best = cosines.masked_fill(outside, -1.0).amax(dim=2)
    places = torch.arange(cosines.shape[1], device=device)[None, :]
    counted = (places > 0) & (places < sizes[:, None] - 1)
    return (best * counted).sum(dim=1) / counted.sum(dim=1)
