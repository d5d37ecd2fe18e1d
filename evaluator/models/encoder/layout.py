"""How a small BERT encoder lies in a file: the tensor names and shapes of transformers' `BertModel`.

These modules hold what was loaded and compute nothing; `encoder.Encoder` is made from them.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of all-MiniLM-L6-v2; of its family, others have more layers."""

    layers: int = 6
    hidden: int = 384
    heads: int = 12
    inner: int = 1536
    vocabulary: int = 30522
    positions: int = 512
    types: int = 2
    epsilon: float = 1e-12


class Embeddings(nn.Module):
    """Word, position and segment embeddings, and their normalisation."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(shape.vocabulary, shape.hidden)
        self.position_embeddings = nn.Embedding(shape.positions, shape.hidden)
        self.token_type_embeddings = nn.Embedding(shape.types, shape.hidden)
        self.LayerNorm = nn.LayerNorm(shape.hidden, eps=shape.epsilon)


class _Projections(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.query = nn.Linear(shape.hidden, shape.hidden)
        self.key = nn.Linear(shape.hidden, shape.hidden)
        self.value = nn.Linear(shape.hidden, shape.hidden)


class _Output(nn.Module):
    """A linear map, to be added to what came in and normalised."""

    def __init__(self, inner: int, shape: Shape) -> None:
        super().__init__()
        self.dense = nn.Linear(inner, shape.hidden)
        self.LayerNorm = nn.LayerNorm(shape.hidden, eps=shape.epsilon)


class _Attention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.self = _Projections(shape)
        self.output = _Output(shape.hidden, shape)


class _Intermediate(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.dense = nn.Linear(shape.hidden, shape.inner)


class Layer(nn.Module):
    """One transformer layer."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.attention = _Attention(shape)
        self.intermediate = _Intermediate(shape)
        self.output = _Output(shape.inner, shape)


class Layers(nn.Module):
    """The transformer layers, under the names that follow ``encoder.``."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.layer = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
