"""The encoder that all models stand on: BERT over rows that are packed end to end, without padding.

Written out rather than taken from transformers: a scoring process is up seconds earlier, the numbers do not move
with that library's versions, and nothing is computed for tokens that do not exist. What a token of one row becomes
never depends on another row. Its parity with transformers and sentence-transformers is tested.

Between layers states are fp32 in every precision: sums with the residual and layer norms lose nothing; products and
what goes into them have the precision's dtype.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm, scaled_dot_product_attention

from evaluator.models.encoder.layout import Embeddings, Layer, Layers, Shape
from evaluator.models.encoder.linear import DTYPES, Linear, has_bf16, new_linear
from evaluator.models.encoder.precision import Precision


class PackedRows(NamedTuple):
    """Rows of tokens end to end: ids, segments and positions [N], and the length of each row, N in sum.

    Rows of equal length that follow each other share an attention call, so rows are best ordered by length.
    """

    ids: Tensor
    types: Tensor
    positions: Tensor
    lengths: Sequence[int]

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """Every run of equally long rows: its first token, its number of rows, and their length."""
        start = 0
        for length, same in groupby(self.lengths):
            count = sum(1 for _ in same)
            yield start, count, length
            start += count * length


class _Fused(NamedTuple):
    """One layer, its query, key and value maps as one."""

    projections: Linear
    mixed: Linear
    norm: nn.LayerNorm
    inner: Linear
    outer: Linear
    last_norm: nn.LayerNorm


class Encoder:
    """Embeddings and layers in one precision. The embeddings may be shared between several encoders."""

    def __init__(
        self,
        embeddings: Embeddings,
        layers: Layers,
        shape: Shape,
        precision: Precision = "fp32",
        device: str = "cpu",
        *,
        emulate: bool = False,
    ) -> None:
        """`emulate` computes bf16 as machines without its instructions do."""
        self.embeddings = embeddings
        self.shape = shape
        self.precision = precision
        self._dtype = DTYPES[precision]
        self._attend_in = torch.float32 if emulate or not has_bf16(device) else self._dtype

        def fused(layer: Layer) -> _Fused:
            one, attention = layer.attention.self, layer.attention.output
            parts = one.query, one.key, one.value
            weight, bias = torch.cat([p.weight for p in parts]), torch.cat([p.bias for p in parts])

            def linear(weight: Tensor, bias: Tensor) -> Linear:
                return new_linear(weight, bias, precision, device, emulate=emulate)

            return _Fused(
                linear(weight, bias),
                linear(attention.dense.weight, attention.dense.bias),
                attention.LayerNorm,
                linear(layer.intermediate.dense.weight, layer.intermediate.dense.bias),
                linear(layer.output.dense.weight, layer.output.dense.bias),
                layer.output.LayerNorm,
            )

        with torch.inference_mode():
            self._layers = [fused(cast(Layer, layer)) for layer in layers.layer]

    def __call__(self, rows: PackedRows, *, depth: int | None = None, keep: Tensor | None = None) -> Tensor:
        """Hidden states [N, H] in fp32 after `depth` layers (default: all of them).

        With `keep` (ascending indices [M] of tokens) the last layer is only finished for those: [M, H].
        """
        with torch.inference_mode():
            states = self._embed(rows)
            layers = self._layers[:depth]
            for number, layer in enumerate(layers, start=1):
                states = self._layer(layer, states, rows, keep if number == len(layers) else None)
        return states

    def _embed(self, rows: PackedRows) -> Tensor:
        found = self.embeddings
        summed = found.word_embeddings.weight[rows.ids] + found.token_type_embeddings.weight[rows.types]
        return self._normed(summed + found.position_embeddings.weight[rows.positions], found.LayerNorm)

    def _layer(self, layer: _Fused, states: Tensor, rows: PackedRows, keep: Tensor | None) -> Tensor:
        mixed = self._attend(layer.projections(states.to(self._dtype)), rows)
        if keep is not None:
            states, mixed = states[keep], mixed[keep]
        states = self._normed(states + layer.mixed(mixed), layer.norm)
        inner = layer.inner(states.to(self._dtype), gelu=True)
        return self._normed(states + layer.outer(inner), layer.last_norm)

    def _attend(self, projected: Tensor, rows: PackedRows) -> Tensor:
        """Attention within each row: [N, 3 H] -> [N, H]."""
        heads, hidden = self.shape.heads, self.shape.hidden
        found = []
        for start, count, length in rows.runs():
            part = projected[start : start + count * length].to(self._attend_in)
            query, key, value = part.view(count, length, 3, heads, hidden // heads).transpose(1, 3).unbind(2)
            mixed = scaled_dot_product_attention(query, key, value)
            found.append(mixed.transpose(1, 2).reshape(count * length, hidden))
        return torch.cat(found).to(self._dtype)

    def _normed(self, x: Tensor, norm: nn.LayerNorm) -> Tensor:
        return layer_norm(x, (self.shape.hidden,), norm.weight, norm.bias, self.shape.epsilon)
