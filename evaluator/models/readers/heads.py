"""A trained model as it is shipped: layers and heads, on the base embedder's embeddings or on its own."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from evaluator.models.encoder.encoder import Encoder
from evaluator.models.encoder.precision import resolved
from evaluator.models.encoder.tokens import WordPieces
from evaluator.models.files.loading import (
    EMBEDDINGS,
    LAYERS,
    SHAPE,
    embedder_dir,
    fill,
    load_tensors,
    new_embeddings,
    new_encoder,
    shared_embeddings,
    use_threads,
)
from evaluator.models.files.manifest import WeightsManifest, read_manifest
from evaluator.models.files.weights import VOCABULARY_FILE, check_weights
from evaluator.models.runtime import Runtime


class TrainedModel:
    """Encoder, heads, tokenizer and manifest of one trained model.

    `classifier` reads the final hidden state of [CLS]: [.., 384] -> [.., labels]; `token_head`, where the model
    has one, reads each token: [.., 384] -> [.., 1].
    """

    def __init__(self, name: str, runtime: Runtime, *, token_head: bool) -> None:
        """Load and check. Raises ModelUnavailable for missing, altered or unfitting weights."""
        use_threads(runtime)
        self.manifest: WeightsManifest = read_manifest(name, runtime.weights_path)
        self.runtime = runtime
        self.precision = resolved(None, runtime.precision, self.manifest.compute)
        path = check_weights(self.manifest, runtime.weights_path)
        folder = embedder_dir(runtime)
        tensors = load_tensors(path)
        own = self.manifest.embeddings == "own"
        layers = {key: value for key, value in tensors.items() if key.startswith(LAYERS)}
        words = {key: value for key, value in tensors.items() if own and key.startswith(EMBEDDINGS)}
        heads = {key: value for key, value in tensors.items() if key not in layers and key not in words}
        self.pieces = WordPieces(folder / VOCABULARY_FILE)
        device, source = runtime.device, str(path)
        embeddings = new_embeddings(words, source, device) if own else shared_embeddings(folder, device)
        self.encoder: Encoder = new_encoder(
            embeddings, layers, source, device, self.precision, depth=self.manifest.layers
        )
        self._heads = _heads(len(self.manifest.labels), heads, str(path), token_head).to(runtime.device)

    def classify(self, hidden: Tensor) -> Tensor:
        """Label logits [b, labels], divided by the temperature, of final hidden states [b, T, H]."""
        with torch.inference_mode():
            logits: Tensor = self._heads["classifier"](hidden[:, 0])
        return logits / self.manifest.temperature

    def judge_ranges(self, hidden: Tensor, ranges: Sequence[tuple[int, int, int]]) -> Tensor:
        """Label logits [n, labels], divided by the temperature, of n ranges (row, first token, end), first < end.

        A range is read as the mean of its final hidden states.
        """
        with torch.inference_mode():
            means = [hidden[row, first:last].float().mean(dim=0) for row, first, last in ranges]
            states = torch.stack(means) if means else hidden.new_zeros(0, hidden.shape[2]).float()
            logits: Tensor = self._heads["classifier"](states)
        return logits / self.manifest.temperature

    def judge_tokens(self, hidden: Tensor) -> Tensor:
        """Token logits [b, T] of final hidden states [b, T, H]."""
        with torch.inference_mode():
            logits: Tensor = self._heads["token_head"](hidden)[:, :, 0]
        return logits


def _heads(labels: int, tensors: dict[str, Tensor], source: str, token_head: bool) -> nn.ModuleDict:
    with torch.device("meta"):
        heads = nn.ModuleDict({"classifier": nn.Linear(SHAPE.hidden, labels)})
        if token_head:
            heads["token_head"] = nn.Linear(SHAPE.hidden, 1)
    fill(heads, tensors, source)
    return heads
