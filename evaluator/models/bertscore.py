"""BERTScore on the base embedder, with its scorer kept warm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bert_score
import torch
from transformers.utils import logging as transformers_logging

from evaluator.models.loading import embedder_dir, use_threads
from evaluator.models.runtime import Runtime
from evaluator.models.tokens import WordPieces, encodable
from evaluator.models.weights import VOCABULARY_FILE

MAX_PIECES = 510
"""Word pieces of a text that are compared; the model has 512 positions."""


class BertScore:
    """F1 of candidates against references. Loads once; raises ModelUnavailable."""

    def __init__(self, runtime: Runtime, layer: int) -> None:
        use_threads(runtime)
        folder: Path = embedder_dir(runtime)
        self._pieces = WordPieces(folder / VOCABULARY_FILE)
        # transformers draws a bar for each load, in the middle of ours.
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        # A local path is in no table of bert-score's, so the layer has to be said.
        self._scorer = bert_score.BERTScorer(
            model_type=str(folder),
            num_layers=layer,
            batch_size=32,
            nthreads=0,
            device=runtime.device,
            use_fast_tokenizer=True,
        )

    def f1(self, candidates: Sequence[str], references: Sequence[str]) -> list[float]:
        """Raw F1 (a cosine, at most 1) of each candidate against the reference at its place.

        A text without a word piece scores 0 and is kept from bert-score, where one would fail the whole batch.
        Longer texts are compared by their first 510 word pieces.
        """
        short = [(self._head(c), self._head(r)) for c, r in zip(candidates, references, strict=True)]
        places = [i for i, (candidate, reference) in enumerate(short) if candidate and reference]
        result = [0.0] * len(short)
        if places:
            with torch.inference_mode():
                _, _, f1 = self._scorer.score([short[i][0] for i in places], [short[i][1] for i in places])
            for place, value in zip(places, f1.tolist(), strict=True):
                result[place] = float(value)
        return result

    def truncated(self, text: str) -> bool:
        """Whether `text` is longer than what is compared of it."""
        return self._pieces.count(text) > MAX_PIECES

    def _head(self, text: str) -> str:
        """As much of `text` as fits; empty if there is nothing to read."""
        pieces = self._pieces.encode([text])[0]
        if not len(pieces.ids):
            return ""
        return encodable(text)[: int(pieces.ends[min(len(pieces.ids), MAX_PIECES) - 1])]
