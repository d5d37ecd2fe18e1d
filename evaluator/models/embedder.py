"""Sentence embeddings by all-MiniLM-L6-v2: mean pooling, unit length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from evaluator.models.batching import Row, distinct_rows, run_batches
from evaluator.models.loading import SHAPE, base_tensors, embedder_dir, new_encoder, use_threads
from evaluator.models.manifest import WEIGHTS_FILE
from evaluator.models.runtime import Runtime
from evaluator.models.tokens import CLS, SEP, Pieces, WordPieces
from evaluator.models.weights import VOCABULARY_FILE

Floats = npt.NDArray[np.float32]

MAX_PIECES = 254
"""Word pieces read at once; with [CLS] and [SEP] the 256 positions that the model was trained with."""


class Embedder:
    """Texts to vectors of unit length. Loads in the constructor; raises ModelUnavailable."""

    def __init__(self, runtime: Runtime) -> None:
        use_threads(runtime)
        self.folder = embedder_dir(runtime)
        self.pieces = WordPieces(self.folder / VOCABULARY_FILE)
        layers = base_tensors(self.folder, "encoder.layer.")
        self._encoder = new_encoder(self.folder, layers, str(self.folder / WEIGHTS_FILE), runtime.device)
        self._runtime = runtime

    def encode(self, texts: Sequence[str]) -> Floats:
        """The embeddings [n, 384] of `texts`, each of length 1.

        A text of up to 254 word pieces gets what sentence-transformers gives it. A longer one is read in parts,
        and its vector is the mean over the tokens of all parts: nothing is cut off. A text without a word piece
        gets the vector of the empty text.
        """
        owners: list[int] = []
        parts: list[Pieces] = []
        unique = list(dict.fromkeys(texts))
        for index, pieces in enumerate(self.pieces.encode(unique)):
            for part in pieces.chunks(MAX_PIECES):
                owners.append(index)
                parts.append(part)
        summed = np.zeros((len(unique), SHAPE.hidden), dtype=np.float64)
        np.add.at(summed, owners, self._token_sums(parts))
        norms = np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-12)
        place = {text: index for index, text in enumerate(unique)}
        vectors: Floats = (summed / norms).astype(np.float32)
        return vectors[[place[text] for text in texts]]

    def _token_sums(self, parts: Sequence[Pieces]) -> Floats:
        """The sum of the token vectors of each part, [n, 384]."""
        rows, places = distinct_rows([part.ids for part in parts])

        def row(index: int) -> Row:
            ids = np.concatenate([[CLS], rows[index], [SEP]])
            return ids, len(ids)

        sums = np.zeros((len(rows), SHAPE.hidden), dtype=np.float32)
        lengths = [len(ids) + 2 for ids in rows]
        runtime = self._runtime
        for batch, hidden, true in run_batches(self._encoder, lengths, row, runtime.token_budget, runtime.device):
            keep = torch.arange(hidden.shape[1], device=hidden.device)[None, :] < true[:, None]
            sums[batch] = (hidden * keep[:, :, None]).sum(dim=1).cpu().numpy()
        return sums[places]
