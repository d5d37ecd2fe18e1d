"""A text classifier of the hub over texts of any length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluator.models.encoder.batching import Row, distinct_rows
from evaluator.models.encoder.tokens import Ints, check_count
from evaluator.models.hub.loading import Network
from evaluator.models.hub.running import badness, probabilities, run_rows
from evaluator.models.readers.text_classifier import Part

_OVERLAP = 24
"""Tokens that neighbouring windows share, so that no phrase is cut in half unseen."""


class TextReader:
    """P(bad) of the windows of texts."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def predict(self, texts: Sequence[str]) -> list[list[Part]]:
        """The windows of each text, in order; they cover it, and a text without a token has none."""
        tokenizer, room = self._network.tokenizer, self._network.use.max_length
        distinct = {text: index for index, text in enumerate(dict.fromkeys(texts))}
        spans: list[tuple[int, int, int]] = []
        rows: list[Ints] = []
        for owner, (text, pieces) in enumerate(zip(distinct, tokenizer.encode(list(distinct)), strict=True)):
            size = max(2, room - tokenizer.single.size)
            for part in pieces.chunks(size, min(_OVERLAP, size // 2)):
                if len(part.ids):
                    # A token that stands for nothing visible may have an empty range.
                    start = min(int(part.starts.min()), len(text) - 1)
                    spans.append((owner, start, max(start + 1, int(part.ends.max()))))
                    rows.append(part.ids)
        found: list[list[Part]] = [[] for _ in distinct]
        for (owner, start, end), value in zip(spans, self._values(rows), strict=True):
            found[owner].append(Part(start, end, value))
        return [found[distinct[text]] for text in texts]

    def _values(self, rows: Sequence[Ints]) -> list[float]:
        """P(bad) of each row of tokens; equal rows are computed once."""
        distinct, places = distinct_rows(rows)
        check_count(sum(map(len, distinct)))
        frame = self._network.tokenizer.single

        def build(index: int) -> Row:
            return frame.row(distinct[index])

        values = np.zeros(len(distinct), dtype=np.float64)
        for batch, logits in run_rows(self._network, [len(row) + frame.size for row in distinct], build):
            values[batch] = badness(probabilities(logits, self._network.use), self._network.use).cpu().numpy()
        return [float(value) for value in values[places]]
