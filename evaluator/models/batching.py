"""Batches of similar length, and results in the order in which the texts came (law 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from evaluator.models.encoder import Encoder
from evaluator.models.tokens import PAD, Ints

_MIN_FILL = 0.85
"""A row shorter than this share of its batch's longest starts a new batch: padding stays below 15 %."""
_SMALL = 4
"""...unless the batch has fewer rows than this: a forward pass has a fixed cost, too."""


def plan_batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Indices of the rows of each batch, longest rows first, `rows x longest <= budget` (or one row alone)."""
    batches: list[list[int]] = []
    longest = 0
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        current = batches[-1] if batches else []
        full = (len(current) + 1) * longest > budget
        ragged = len(current) >= _SMALL and lengths[index] < _MIN_FILL * longest
        if not current or full or ragged:
            batches.append([index])
            longest = max(1, lengths[index])
        else:
            current.append(index)
    return batches


Row = tuple[Ints, int]
"""Token ids with their special tokens, and how many of them belong to the first segment."""


def distinct_rows(rows: Sequence[Ints]) -> tuple[list[Ints], list[int]]:
    """The distinct rows, and for each row the place of its like among them: equal rows are computed once."""
    found: dict[bytes, int] = {}
    places = [found.setdefault(row.tobytes(), len(found)) for row in rows]
    return [np.frombuffer(key, dtype=np.int64) for key in found], places


def run_batches(
    encoder: Encoder, lengths: Sequence[int], row: Callable[[int], Row], budget: int, device: str
) -> Iterator[tuple[list[int], Tensor, Tensor]]:
    """For every batch of rows with these `lengths`: indices [b], final hidden states [b, T, H] and lengths [b].

    `row(i)` builds row `i` only when its batch runs, so that memory is bounded by a batch and not by the job.
    """
    for batch in plan_batches(lengths, budget):
        ids = np.full((len(batch), max(lengths[i] for i in batch)), PAD, dtype=np.int64)
        types = np.zeros_like(ids)
        for place, index in enumerate(batch):
            tokens, first = row(index)
            ids[place, : len(tokens)] = tokens
            types[place, first : len(tokens)] = 1
        true = torch.tensor([lengths[i] for i in batch], device=device)
        with torch.inference_mode():
            hidden = encoder(torch.from_numpy(ids).to(device), torch.from_numpy(types).to(device), true)
        yield batch, hidden, true
