"""The encoder that is fine-tuned: by `faithline train`, and by the recipes of the shipped models.

The word and position embeddings stay frozen, so a model that began as the base embedder holds its encoder layers and
heads only; one that began as another holds its embeddings, too. Scoring has an encoder of its own
(`evaluator.models.encoder.encoder`), without gradients.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from evaluator.models.files.loading import EMBEDDINGS, LAYERS, SHAPE, depth_of, embedder_dir, load_tensors
from evaluator.models.files.manifest import WEIGHTS_FILE
from evaluator.models.runtime import Runtime


class Layer(nn.Module):
    """One transformer layer (post-norm), query, key and value in one product."""

    def __init__(self, state: dict[str, Tensor], prefix: str) -> None:
        super().__init__()
        parts = [f"{prefix}attention.self.{name}." for name in ("query", "key", "value")]
        self.qkv = _linear(
            torch.cat([state[part + "weight"] for part in parts]),
            torch.cat([state[part + "bias"] for part in parts]),
        )
        self.out = _linear(*_pair(state, f"{prefix}attention.output.dense."))
        self.norm1 = _norm(*_pair(state, f"{prefix}attention.output.LayerNorm."))
        self.up = _linear(*_pair(state, f"{prefix}intermediate.dense."))
        self.down = _linear(*_pair(state, f"{prefix}output.dense."))
        self.norm2 = _norm(*_pair(state, f"{prefix}output.LayerNorm."))

    def forward(self, hidden: Tensor, blocked: Tensor) -> Tensor:
        """``hidden`` is [batch, tokens, width]; ``blocked`` is True at padding, [batch, 1, 1, tokens]."""
        batch, count, width = hidden.shape
        qkv = self.qkv(hidden).view(batch, count, 3, SHAPE.heads, width // SHAPE.heads).permute(2, 0, 3, 1, 4)
        query, key, value = qkv[0], qkv[1], qkv[2]
        scores = torch.matmul(query * (width // SHAPE.heads) ** -0.5, key.transpose(-1, -2))
        weights = scores.masked_fill(blocked, -1e4).softmax(-1)
        mixed = torch.matmul(weights, value).transpose(1, 2).reshape(batch, count, width)
        hidden = self.norm1(hidden + self.out(mixed))
        result: Tensor = self.norm2(hidden + self.down(functional.gelu(self.up(hidden))))
        return result


class TrainableEncoder(nn.Module):
    """Frozen fp32 embeddings, layers (the lowest ``frozen`` of them frozen, too), a classifier, and optionally a
    token head."""

    def __init__(
        self,
        labels: int,
        *,
        token_head: bool,
        frozen: int = 0,
        folder: Path | None = None,
        base: Mapping[str, Tensor] | None = None,
    ) -> None:
        """Begins as the model `base` (its embeddings and layers, as ``BertModel`` names them), or else as the base
        embedder (in ``folder``, or where it is installed), with heads near zero.

        Raises:
            ModelUnavailable: the embedder is nowhere, or is not the model that it should be.
        """
        super().__init__()
        self.frozen, self.own = frozen, base is not None
        state = dict(base) if base else load_tensors((folder or embedder_dir(Runtime())) / WEIGHTS_FILE)
        for name in ("word", "position", "token_type"):
            self.register_buffer(f"{name}_table", state[f"embeddings.{name}_embeddings.weight"])
        for part in ("weight", "bias"):
            self.register_buffer(f"norm_{part}", state[f"embeddings.LayerNorm.{part}"])
        self.layers = _layers(state)
        self.classifier = nn.Linear(SHAPE.hidden, labels)
        self.token_head = nn.Linear(SHAPE.hidden, 1) if token_head else None
        for layer in self.layers[:frozen]:
            layer.requires_grad_(False)
        for head in (self.classifier, self.token_head):
            if head is not None:
                nn.init.normal_(head.weight, std=0.02)
                nn.init.zeros_(head.bias)

    def hidden(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """Final hidden states, [batch, tokens, width], in the precision of the layers.

        ``ids`` and ``types`` are [batch, tokens]; ``mask`` is the same, False at padding.
        """
        tables = self.word_table, self.position_table, self.token_type_table
        word, position, token_type = (table for table in tables if isinstance(table, Tensor))
        with torch.no_grad():
            total = word[ids] + position[: ids.shape[1]] + token_type[types]
            normed = functional.layer_norm(
                total, (SHAPE.hidden,), self.get_buffer("norm_weight"), self.get_buffer("norm_bias"), SHAPE.epsilon
            )
        hidden = normed.to(self.classifier.weight.dtype)
        blocked = ~mask[:, None, None, :]
        for index, layer in enumerate(self.layers):
            with torch.set_grad_enabled(torch.is_grad_enabled() and index >= self.frozen):
                hidden = layer(hidden, blocked)
        return hidden

    def export(self) -> dict[str, Tensor]:
        """Layers in fp32, named as in transformers' BertModel, and heads beside them; embeddings where they are not
        those of the base embedder."""
        tensors: dict[str, Tensor] = self._embeddings() if self.own else {}
        for index, layer in enumerate(self.layers):
            tensors.update(_export_layer(layer, f"{LAYERS}{index}."))
        heads = {"classifier": self.classifier, "token_head": self.token_head}
        for name, head in heads.items():
            if head is not None:
                tensors.update({f"{name}.{part}": value for part, value in head.state_dict().items()})
        return {name: value.detach().float().contiguous() for name, value in tensors.items()}

    def _embeddings(self) -> dict[str, Tensor]:
        found = {f"{name}_embeddings.weight": f"{name}_table" for name in ("word", "position", "token_type")}
        found |= {f"LayerNorm.{part}": f"norm_{part}" for part in ("weight", "bias")}
        return {EMBEDDINGS + name: self.get_buffer(buffer) for name, buffer in found.items()}


def load_trained(
    tensors: Mapping[str, Tensor], labels: int, *, token_head: bool, frozen: int = 0, folder: Path | None = None
) -> TrainableEncoder:
    """An encoder with the layers and heads of an exported model, and its embeddings if it has any; `frozen` and
    `folder` as in the constructor."""
    layers = {name: value.float() for name, value in tensors.items()}
    own = layers if any(name.startswith(EMBEDDINGS) for name in layers) else None
    model = TrainableEncoder(labels, token_head=token_head, frozen=frozen, folder=folder, base=own)
    model.layers = _layers(layers)
    for layer in model.layers[:frozen]:
        layer.requires_grad_(False)
    for name, head in (("classifier", model.classifier), ("token_head", model.token_head)):
        if head is not None:
            head.load_state_dict({part: layers[f"{name}.{part}"] for part in ("weight", "bias")})
    return model


def _layers(state: dict[str, Tensor]) -> nn.ModuleList:
    return nn.ModuleList(Layer(state, f"{LAYERS}{index}.") for index in range(depth_of(state)))


def _pair(state: dict[str, Tensor], prefix: str) -> tuple[Tensor, Tensor]:
    return state[prefix + "weight"], state[prefix + "bias"]


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    module = nn.Linear(weight.shape[1], weight.shape[0])
    module.load_state_dict({"weight": weight, "bias": bias})
    return module


def _norm(weight: Tensor, bias: Tensor) -> nn.LayerNorm:
    module = nn.LayerNorm(weight.shape[0], eps=SHAPE.epsilon)
    module.load_state_dict({"weight": weight, "bias": bias})
    return module


def _export_layer(layer: nn.Module, prefix: str) -> dict[str, Tensor]:
    assert isinstance(layer, Layer)
    tensors: dict[str, Tensor] = {}
    for name, weight, bias in zip(
        ("query", "key", "value"), layer.qkv.weight.chunk(3), layer.qkv.bias.chunk(3), strict=True
    ):
        tensors[f"{prefix}attention.self.{name}.weight"] = weight
        tensors[f"{prefix}attention.self.{name}.bias"] = bias
    places = {
        "attention.output.dense": layer.out,
        "attention.output.LayerNorm": layer.norm1,
        "intermediate.dense": layer.up,
        "output.dense": layer.down,
        "output.LayerNorm": layer.norm2,
    }
    for place, module in places.items():
        tensors.update({f"{prefix}{place}.{part}": value for part, value in module.state_dict().items()})
    return tensors
