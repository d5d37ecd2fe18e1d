"""The single-text classifier: P(bad) of every part of a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from evaluator.models.encoder.batching import distinct_rows, run_batches, single
from evaluator.models.encoder.tokens import Ints, check_count
from evaluator.models.readers.heads import TrainedModel
from evaluator.models.runtime import Runtime

_OVERLAP = 24
"""Word pieces that neighbouring parts share, so that no insult and no instruction is cut in half unseen."""


class Part(NamedTuple):
    """A range of characters of a text and the probability in [0, 1] of the model's label there."""

    start: int
    end: int
    probability: float


class TextClassifier:
    """One sigmoid label over texts of any length."""

    def __init__(self, runtime: Runtime, name: str, label: str | None = None, lead: str = "") -> None:
        """`label`: which of the model's (default: the first). `lead` is read before every part of a text.

        Raises ModelUnavailable.
        """
        self._model = TrainedModel(name, runtime, token_head=False)
        self.manifest = self._model.manifest
        self._label = 0 if label is None else self.manifest.labels.index(label)
        self._lead: Ints = self._model.pieces.encode([lead])[0].ids

    def predict(self, texts: Sequence[str]) -> list[list[Part]]:
        """The parts of each text, in order; they cover it, and a text without a word piece has none.

        Raises InvalidInput for more than is read at once.
        """
        distinct = {text: index for index, text in enumerate(dict.fromkeys(texts))}
        spans: list[tuple[int, int, int]] = []
        rows: list[Ints] = []
        for owner, pieces in enumerate(self._model.pieces.encode(list(distinct))):
            for part in pieces.chunks(self.manifest.max_length - 2 - len(self._lead), _OVERLAP):
                if len(part.ids):
                    spans.append((owner, int(part.starts[0]), int(part.ends[-1])))
                    rows.append(np.concatenate([self._lead, part.ids]) if len(self._lead) else part.ids)
        parts: list[list[Part]] = [[] for _ in distinct]
        for (owner, start, end), probability in zip(spans, self._probabilities(rows), strict=True):
            parts[owner].append(Part(start, end, probability))
        return [parts[distinct[text]] for text in texts]

    def _probabilities(self, rows: Sequence[Ints]) -> list[float]:
        """P(label) of each row of word pieces; equal rows are computed once."""
        distinct, places = distinct_rows(rows)
        check_count(sum(map(len, distinct)))
        found = np.zeros(len(distinct), dtype=np.float64)
        lengths = [len(row) + 2 for row in distinct]
        model, runtime = self._model, self._model.runtime
        for batch, hidden, _ in run_batches(
            model.encoder, lengths, lambda i: single(distinct[i]), runtime.token_budget, runtime.device, read="first"
        ):
            found[batch] = torch.sigmoid(model.classify(hidden))[:, self._label].cpu().numpy()
        return [float(value) for value in found[places]]
