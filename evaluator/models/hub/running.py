"""Rows through a network in batches of similar length; results do not depend on who shares a batch (law 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from evaluator.models.encoder.batching import Row
from evaluator.models.hub.loading import Network
from evaluator.models.hub.use import ModelUse

_MIN_FILL = 0.85
"""A row shorter than this share of its batch's longest starts a new batch: padding stays below 15 %."""
_SMALL = 4
"""...unless the batch has fewer rows than this: a forward pass has a fixed cost, too."""


def padded_batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Indices of the rows of each batch, longest first, `rows x longest <= budget` (or one row alone)."""
    batches: list[list[int]] = []
    longest = 0
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        current = batches[-1] if batches else []
        ragged = len(current) >= _SMALL and lengths[index] < _MIN_FILL * longest
        if not current or (len(current) + 1) * longest > budget or ragged:
            batches.append([index])
            longest = max(1, lengths[index])
        else:
            current.append(index)
    return batches


def run_rows(
    network: Network, lengths: Sequence[int], row: Callable[[int], Row]
) -> Iterator[tuple[list[int], Tensor]]:
    """For every batch of rows with these `lengths`: their indices and their logits (see `Network.logits`).

    `row(i)` builds row `i` only when its batch runs.
    """
    runtime = network.runtime
    for batch in padded_batches(lengths, runtime.token_budget):
        longest = max(lengths[i] for i in batch)
        ids = np.full((len(batch), longest), network.tokenizer.pad, dtype=np.int64)
        types, mask = np.zeros_like(ids), np.zeros_like(ids)
        for place, index in enumerate(batch):
            tokens, first = row(index)
            ids[place, : len(tokens)] = tokens
            types[place, first : len(tokens)] = 1
            mask[place, : len(tokens)] = 1
        yield batch, network.logits(*(torch.from_numpy(part).to(runtime.device) for part in (ids, types, mask)))


def probabilities(logits: Tensor, use: ModelUse) -> Tensor:
    """Probabilities of the outputs, [..., labels]: a sigmoid each, or a softmax (see `ModelUse`)."""
    separate = use.multi_label or len(use.labels) == 1
    return torch.sigmoid(logits) if separate else torch.softmax(logits, dim=-1)


def badness(found: Tensor, use: ModelUse) -> Tensor:
    """P(bad) in [0, 1], [...], of the probabilities [..., labels] of the outputs."""
    places = [use.labels.index(label) for label in use.bad]
    if not places:  # a single output that speaks for the text
        return 1.0 - found[..., 0]
    chosen = found[..., places]
    return chosen.amax(dim=-1) if use.multi_label else chosen.sum(dim=-1).clamp(max=1.0)
