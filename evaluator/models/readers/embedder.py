"""Sentence embeddings by all-MiniLM-L6-v2: mean pooling, unit length."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evaluator.models.base import shared_base
from evaluator.models.encoder.batching import distinct_rows
from evaluator.models.encoder.cache import CacheCounts, Floats, content_key
from evaluator.models.encoder.tokens import Pieces, WordPieces, check_count
from evaluator.models.files.loading import SHAPE
from evaluator.models.runtime import Runtime

MAX_PIECES = 254
"""Word pieces read at once; with [CLS] and [SEP] the 256 positions that the model was trained with."""
_KIND = "embedding"


class Embedder:
    """Texts to vectors of unit length. Loads in the constructor; raises ModelUnavailable."""

    def __init__(self, runtime: Runtime) -> None:
        self._base = shared_base(runtime)
        self._runtime = runtime

    @property
    def folder(self) -> Path:
        """Where the weights were found."""
        return self._base.folder

    @property
    def pieces(self) -> WordPieces:
        """The tokenizer."""
        return self._base.pieces

    @property
    def cached(self) -> CacheCounts:
        """How the cache of the base embedder has done; BERTScore's references are in it, too."""
        return self._base.cache.counts()

    def encode(self, texts: Sequence[str]) -> Floats:
        """The embeddings [n, 384] of `texts`, each of length 1.

        A text of up to 254 word pieces gets what sentence-transformers gives it. A longer one is read in parts,
        and its vector is the mean over the tokens of all parts: nothing is cut off. A text without a word piece
        gets the vector of the empty text. A text that was embedded before, in whatever trace, is not read again.
        Raises InvalidInput for more than is read at once.
        """
        vectors = np.zeros((len(texts), SHAPE.hidden), dtype=np.float32)
        places: dict[str, list[int]] = {}
        for index, text in enumerate(texts):
            places.setdefault(text, []).append(index)
        missing = []
        for text, wanted in places.items():
            known = self._base.cache.get(content_key(_KIND, text))
            if known is None:
                missing.append(text)
            else:
                vectors[wanted] = known
        for text, vector in zip(missing, self._compute(missing), strict=True):
            self._base.cache.put(content_key(_KIND, text), vector)
            vectors[places[text]] = vector
        return vectors

    def _compute(self, texts: Sequence[str]) -> Floats:
        owners: list[int] = []
        parts: list[Pieces] = []
        for index, pieces in enumerate(self.pieces.encode(texts)):
            for part in pieces.chunks(MAX_PIECES):
                owners.append(index)
                parts.append(part)
        summed = np.zeros((len(texts), SHAPE.hidden), dtype=np.float64)
        np.add.at(summed, owners, self._token_sums(parts))
        norms = np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-12)
        vectors: Floats = (summed / norms).astype(np.float32)
        return vectors

    def _token_sums(self, parts: Sequence[Pieces]) -> Floats:
        """The sum of the token vectors of each part, [n, 384]."""
        rows, places = distinct_rows([part.ids for part in parts])
        check_count(sum(map(len, rows)))
        sums = np.zeros((len(rows), SHAPE.hidden), dtype=np.float32)
        for batch, hidden, _ in self._base.run(rows, self._runtime):
            sums[batch] = hidden.sum(dim=1).cpu().numpy()
        return sums[places]
