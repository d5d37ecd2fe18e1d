"""A six-layer BERT encoder under the tensor names of transformers' `BertModel`.

Written out rather than taken from transformers: a scoring process is then up seconds earlier, and the numbers do
not move with that library's versions. Its parity with sentence-transformers is tested.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of all-MiniLM-L6-v2."""

    layers: int = 6
    hidden: int = 384
    heads: int = 12
    inner: int = 1536
    vocabulary: int = 30522
    positions: int = 512
    types: int = 2
    epsilon: float = 1e-12


class Embeddings(nn.Module):
    """Word, position and segment embeddings, normalised: ids [B, T] -> [B, T, H]."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(shape.vocabulary, shape.hidden)
        self.position_embeddings = nn.Embedding(shape.positions, shape.hidden)
        self.token_type_embeddings = nn.Embedding(shape.types, shape.hidden)
        self.LayerNorm = nn.LayerNorm(shape.hidden, eps=shape.epsilon)

    def forward(self, ids: Tensor, types: Tensor) -> Tensor:
        positions = self.position_embeddings.weight[: ids.shape[1]]
        summed: Tensor = self.LayerNorm(self.word_embeddings(ids) + self.token_type_embeddings(types) + positions)
        return summed


class _Projections(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.query = nn.Linear(shape.hidden, shape.hidden)
        self.key = nn.Linear(shape.hidden, shape.hidden)
        self.value = nn.Linear(shape.hidden, shape.hidden)


class _Output(nn.Module):
    """A linear map, added to what came in and normalised."""

    def __init__(self, inner: int, shape: Shape) -> None:
        super().__init__()
        self.dense = nn.Linear(inner, shape.hidden)
        self.LayerNorm = nn.LayerNorm(shape.hidden, eps=shape.epsilon)

    def forward(self, x: Tensor, residual: Tensor) -> Tensor:
        summed: Tensor = self.LayerNorm(self.dense(x) + residual)
        return summed


class _Attention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.self = _Projections(shape)
        self.output = _Output(shape.hidden, shape)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        batch, length, hidden = x.shape
        split = (batch, length, self.heads, hidden // self.heads)
        query, key, value = (
            project(x).view(split).transpose(1, 2) for project in (self.self.query, self.self.key, self.self.value)
        )
        mixed = scaled_dot_product_attention(query, key, value, attn_mask=mask)
        joined: Tensor = self.output(mixed.transpose(1, 2).reshape(batch, length, hidden), x)
        return joined


class _Intermediate(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.dense = nn.Linear(shape.hidden, shape.inner)


class _Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.attention = _Attention(shape)
        self.intermediate = _Intermediate(shape)
        self.output = _Output(shape.inner, shape)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        x = self.attention(x, mask)
        out: Tensor = self.output(gelu(self.intermediate.dense(x)), x)
        return out


class Layers(nn.Module):
    """The transformer layers: [B, T, H] and a mask -> [B, T, H]."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.layer = nn.ModuleList(_Layer(shape) for _ in range(shape.layers))

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        for layer in self.layer:
            x = layer(x, mask)
        return x


class Encoder(nn.Module):
    """Embeddings and layers. The embeddings may be shared between several encoders."""

    def __init__(self, shape: Shape, embeddings: Embeddings | None = None) -> None:
        super().__init__()
        self.embeddings = embeddings or Embeddings(shape)
        self.encoder = Layers(shape)

    def forward(self, ids: Tensor, types: Tensor, lengths: Tensor) -> Tensor:
        """Final hidden states [B, T, H] of ids and types [B, T] with `lengths` [B] true tokens in each row."""
        mask = None
        if int(lengths.min()) < ids.shape[1]:
            mask = (torch.arange(ids.shape[1], device=ids.device)[None, :] < lengths[:, None])[:, None, None, :]
        hidden: Tensor = self.encoder(self.embeddings(ids, types), mask)
        return hidden
