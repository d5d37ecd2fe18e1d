"""Fine-tuning of the span reader: its upper layers and heads, slowly, until labels set aside get no better."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from evaluator.models.encoder.batching import plan_batches
from evaluator.models.encoder.linear import has_bf16
from evaluator.models.tuning.encoder import TrainableEncoder, load_trained
from evaluator.models.tuning.examples import Example

Tensors = dict[str, Tensor]
Progress = Callable[[str, float], None]
"""Told what is being done, and the share in [0, 1] of it that is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long and how fast: at most `minutes` of wall clock and `epochs`, ended by `patience` epochs without gain.

    `rate` is that of the layers, heads learn `head_factor` times as fast; the lowest `frozen` layers stay as they
    are. A step reads `tokens` positions.
    """

    minutes: float = 10.0
    epochs: int = 12
    patience: int = 2
    rate: float = 2e-5
    head_factor: float = 10.0
    decay: float = 0.01
    warmup: int = 20
    frozen: int = 3
    tokens: int = 2048


class Network(NamedTuple):
    """The span reader as it is stored: its tensors, the place of "supported" among its labels, its temperature."""

    tensors: Mapping[str, Tensor]
    labels: int
    supported: int
    temperature: float
    embedder: Path


class Tuned(NamedTuple):
    """The best tensors (fp32), None where no epoch was better than the start; validation losses, start first."""

    tensors: Tensors | None
    losses: list[float]


class _Batch(NamedTuple):
    """Rows padded to the longest: [rows, tokens] each; `targets` are (row, first, last), the rest is [targets]."""

    ids: Tensor
    types: Tensor
    mask: Tensor
    risks: Tensor
    risk_weights: Tensor
    targets: list[tuple[int, int, int]]
    bad: Tensor
    weights: Tensor


def fine_tune(
    network: Network,
    training: Sequence[Example],
    validation: Sequence[Example],
    budget: Budget,
    *,
    device: str,
    seed: int,
    progress: Progress,
) -> Tuned:
    """Train on one part and keep the epoch that is best on the other. In bf16 where the machine has it."""
    torch.manual_seed(seed)
    model = load_trained(
        network.tensors, network.labels, token_head=True, frozen=budget.frozen, folder=network.embedder
    ).to(device)
    optimiser = _optimiser(model, budget)
    batches, checks = _batches(training, budget.tokens, device), _batches(validation, budget.tokens, device)
    weight = sum(float(batch.weights.sum()) for batch in batches) / max(1, len(batches))
    losses, best = [_validate(model, checks, network)], None
    start, rng, step = time.monotonic(), np.random.default_rng(seed), 0
    spent = 0.0
    for _ in range(budget.epochs):
        for index in rng.permutation(len(batches)):
            step += 1
            _step(model, optimiser, batches[index], network, weight, min(1.0, step / budget.warmup))
            spent = (time.monotonic() - start) / (60.0 * budget.minutes)
            progress("training the network", min(1.0, max(spent, step / (budget.epochs * len(batches)))))
            if spent >= 1.0:
                break
        losses.append(_validate(model, checks, network))
        if losses[-1] <= min(losses[:-1]) - 1e-6:
            best = {name: tensor.cpu().clone() for name, tensor in model.export().items()}
        if spent >= 1.0 or len(losses) - 1 - int(np.argmin(losses)) >= budget.patience:
            break
    return Tuned(best, losses)


def _optimiser(model: TrainableEncoder, budget: Budget) -> torch.optim.Optimizer:
    layers = [parameter for parameter in model.layers.parameters() if parameter.requires_grad]
    heads = [p for head in (model.classifier, model.token_head) if head is not None for p in head.parameters()]
    groups = [(layers, budget.rate), (heads, budget.rate * budget.head_factor)]
    return torch.optim.AdamW(
        [{"params": parameters, "lr": rate, "peak": rate} for parameters, rate in groups if parameters],
        weight_decay=budget.decay,
    )


def _step(
    model: TrainableEncoder,
    optimiser: torch.optim.Optimizer,
    batch: _Batch,
    network: Network,
    weight: float,
    warm: float,
) -> None:
    """One step; `weight` is that of a mean batch, so that a heavy batch moves more (the design's weights)."""
    for group in optimiser.param_groups:
        group["lr"] = group["peak"] * warm
    loss = _loss(model, batch, network) / weight
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
    optimiser.step()


def _loss(model: TrainableEncoder, batch: _Batch, network: Network) -> Tensor:
    """Weighted sum over the targets: -ln P(supported) or -ln(1 - P(supported)), plus that of their word pieces."""
    device = batch.ids.device.type
    with torch.autocast(device, torch.bfloat16, enabled=has_bf16(device)):
        hidden = model.hidden(batch.ids, batch.types, batch.mask)
    hidden = hidden.float()
    means = torch.stack([hidden[row, first:last].mean(dim=0) for row, first, last in batch.targets])
    found = torch.log_softmax(model.classifier(means) / network.temperature, dim=-1)
    others = [label for label in range(network.labels) if label != network.supported]
    likely = torch.where(batch.bad, torch.logsumexp(found[:, others], dim=-1), found[:, network.supported])
    total = -(likely * batch.weights).sum()
    if model.token_head is not None:
        scores = model.token_head(hidden)[..., 0]
        each = binary_cross_entropy_with_logits(scores, batch.risks, reduction="none")
        total = total + (each * batch.risk_weights).sum()
    return total


def _validate(model: TrainableEncoder, batches: Sequence[_Batch], network: Network) -> float:
    """Mean loss of a target's weight."""
    with torch.no_grad():
        losses = [float(_loss(model, batch, network)) for batch in batches]
    return sum(losses) / max(1e-9, sum(float(batch.weights.sum()) for batch in batches))


def _batches(examples: Sequence[Example], tokens: int, device: str) -> list[_Batch]:
    plan = plan_batches([len(example.ids) for example in examples], tokens)
    return [_batch([examples[index] for index in group], device) for group in plan]


def _batch(examples: Sequence[Example], device: str) -> _Batch:
    length = max(len(example.ids) for example in examples)
    ids, types = (torch.zeros(len(examples), length, dtype=torch.long) for _ in range(2))
    risks, risk_weights = (torch.zeros(len(examples), length) for _ in range(2))
    mask = torch.zeros(len(examples), length, dtype=torch.bool)
    for row, example in enumerate(examples):
        count = len(example.ids)
        ids[row, :count] = torch.tensor(example.ids)
        types[row, example.second : count] = 1
        mask[row, :count] = True
        risks[row, :count] = torch.tensor(example.risks)
        risk_weights[row, :count] = _risk_weights(example, risks[row, :count] >= 0)
    targets = [(row, target) for row, example in enumerate(examples) for target in example.targets]
    return _Batch(
        ids.to(device),
        types.to(device),
        mask.to(device),
        risks.to(device),
        risk_weights.to(device),
        [(row, target.first, target.last) for row, target in targets],
        torch.tensor([target.bad for _, target in targets], device=device),
        torch.tensor([target.weight for _, target in targets], device=device),
    )


def _risk_weights(example: Example, known: Tensor) -> Tensor:
    """What each token's risk weighs, [tokens]: those that are `known` weigh together what their target does."""
    found = torch.zeros(len(example.ids))
    for target in example.targets:
        inside = known[target.first : target.last].float()
        found[target.first : target.last] = target.weight * inside / inside.sum().clamp(min=1.0)
    return found
