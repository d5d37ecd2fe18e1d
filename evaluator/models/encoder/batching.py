"""Batches of similar length, and results in the order in which the texts came (law 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from evaluator.models.encoder.encoder import Encoder, PackedRows
from evaluator.models.encoder.tokens import CLS, SEP, Ints

_MIN_FILL = 0.5
"""A row shorter than this share of its batch's longest starts a new batch: results come in rows of equal length."""
_SMALL = 4
"""...unless the batch has fewer rows than this: a forward pass has a fixed cost, too."""

Read = Literal["all", "first", "second"]
"""The tokens whose final states are wanted: all; the first of each row; the first and those of the second segment.
What is not wanted is not computed in the last layer (a ninth of the work for "first")."""


def plan_batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Indices of the rows of each batch, longest rows first, at most `budget` tokens (or one row alone)."""
    batches: list[list[int]] = []
    longest = filled = 0
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        length = lengths[index]
        current = batches[-1] if batches else []
        ragged = len(current) >= _SMALL and length < _MIN_FILL * longest
        if not current or filled + length > budget or ragged:
            batches.append([index])
            longest, filled = max(1, length), length
        else:
            current.append(index)
            filled += length
    return batches


Row = tuple[Ints, int]
"""Token ids with their special tokens, and how many of them belong to the first segment."""


def single(ids: Ints) -> Row:
    """The row of one text: all of it in the first segment."""
    return np.concatenate([[CLS], ids, [SEP]]), len(ids) + 2


def distinct_rows(rows: Sequence[Ints]) -> tuple[list[Ints], list[int]]:
    """The distinct rows, and for each row the place of its like among them: equal rows are computed once."""
    found: dict[bytes, int] = {}
    places = [found.setdefault(row.tobytes(), len(found)) for row in rows]
    return [np.frombuffer(key, dtype=np.int64) for key in found], places


def run_batches(
    encoder: Encoder,
    lengths: Sequence[int],
    row: Callable[[int], Row],
    budget: int,
    device: str,
    *,
    read: Read = "all",
    depth: int | None = None,
) -> Iterator[tuple[list[int], Tensor, Tensor]]:
    """For every batch of rows with these `lengths`: indices [b], final hidden states [b, T, H] and lengths [b].

    T is the longest row of the batch, 1 for `read="first"`; states past a row's end, and those that `read` leaves
    out, are 0. `depth` is the number of layers to run (default: all). `row(i)` builds row `i` only when its batch
    runs, so that memory is bounded by a batch and not by the job.
    """
    for batch in plan_batches(lengths, budget):
        packed, places = _packed([row(index) for index in batch], device)
        width = 1 if read == "first" else max(packed.lengths, default=0)
        keep = None
        if read != "all":
            wanted = packed.positions == 0
            if read == "second":
                wanted |= packed.types == 1
            keep = wanted.nonzero()[:, 0]
        with torch.inference_mode():
            found = encoder(packed, depth=depth, keep=keep)
            states = found.new_zeros(len(batch) * width, found.shape[1])
            targets = places * width + packed.positions
            states[targets if keep is None else targets[keep]] = found
        yield batch, states.view(len(batch), width, -1), torch.tensor(packed.lengths, device=device)


def _packed(rows: Sequence[Row], device: str) -> tuple[PackedRows, Tensor]:
    """The rows end to end, and the number of the row that each token belongs to, [N]."""
    lengths = [len(ids) for ids, _ in rows]
    positions = np.concatenate([np.arange(length) for length in lengths])
    types = positions >= np.repeat([first for _, first in rows], lengths)
    ids = np.concatenate([ids for ids, _ in rows])
    found = (ids, types.astype(np.int64), positions, np.repeat(np.arange(len(rows)), lengths))
    tensors = [torch.from_numpy(part).to(device) for part in found]
    return PackedRows(tensors[0], tensors[1], tensors[2], lengths), tensors[3]
