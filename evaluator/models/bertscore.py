"""BERTScore on the base embedder, with its scorer kept warm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import bert_score
import torch
from transformers.utils import logging as transformers_logging

from evaluator.models.batching import plan_batches
from evaluator.models.loading import embedder_dir, use_threads
from evaluator.models.runtime import Runtime
from evaluator.models.tokens import WordPieces, encodable
from evaluator.models.weights import VOCABULARY_FILE

MAX_PIECES = 510
"""Word pieces of a text that are compared; the model has 512 positions."""


_BUDGET = 4096
"""Padded word pieces of the candidates (and as many of the references) compared at a time."""


class _Head(NamedTuple):
    text: str
    size: int


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
            nthreads=0,
            device=runtime.device,
            use_fast_tokenizer=True,
        )

    def f1(self, candidates: Sequence[str], references: Sequence[str]) -> list[float]:
        """Raw F1 (a cosine, at most 1) of each candidate against the reference at its place.

        A text without a word piece scores 0 and is kept from bert-score, where one would fail the whole batch.
        Longer texts are compared by their first 510 word pieces.
        """
        heads = self._heads([*candidates, *references])
        pairs = [(heads[c], heads[r]) for c, r in zip(candidates, references, strict=True)]
        distinct = [(c, r) for c, r in dict.fromkeys(pairs) if c.text and r.text]
        # bert-score orders by blanks, not by word pieces: batches of similar length are made here.
        batches = plan_batches([max(c.size, r.size) for c, r in distinct], _BUDGET)
        found: dict[tuple[_Head, _Head], float] = {}
        for batch in batches:
            chosen = [distinct[i] for i in batch]
            with torch.inference_mode():
                _, _, f1 = self._scorer.score([c.text for c, _ in chosen], [r.text for _, r in chosen])
            found.update(zip(chosen, map(float, f1.tolist()), strict=True))
        return [found.get(pair, 0.0) for pair in pairs]

    def truncated(self, text: str) -> bool:
        """Whether `text` is longer than what is compared of it."""
        return self._pieces.count(text) > MAX_PIECES

    def _heads(self, texts: Sequence[str]) -> dict[str, _Head]:
        """As much of each text as fits; empty if there is nothing to read."""
        found = {}
        distinct = list(dict.fromkeys(texts))
        for text, pieces in zip(distinct, self._pieces.encode(distinct), strict=True):
            count = min(len(pieces.ids), MAX_PIECES)
            found[text] = _Head(encodable(text)[: int(pieces.ends[count - 1])] if count else "", count)
        return found
