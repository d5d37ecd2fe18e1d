"""Does a window of context carry a sentence? By natural language inference or a consistency model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evaluator.models.encoder.batching import Row
from evaluator.models.encoder.tokens import Ints, check_count
from evaluator.models.hub.loading import Network
from evaluator.models.hub.resolve import filled, template_parts
from evaluator.models.hub.running import badness, probabilities, run_rows

Floats = npt.NDArray[np.float64]

_OVERLAP_CHARS = 64
"""Characters that the halves of an over-long text share."""


class _Job(NamedTuple):
    """A row that fits into the model: the pair, and the part of its hypothesis."""

    pair: int
    part: int


class PairReader:
    """P(supported), P(unsupported) and P(contradicted) of hypotheses given premises."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._use = network.use
        self._tokenizer = network.tokenizer
        template = network.use.template
        self._parts = template_parts(template) if template is not None else None

    def predict(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """Probabilities [n, 3] of the (premise, hypothesis) pairs, in order; equal pairs are computed once.

        A model that does not tell contradictions apart gives them 0. Nothing is truncated: a pair that does not fit
        is read in parts. A part of the hypothesis is as supported as the best part of the premise says, and the
        hypothesis as its least supported part.
        """
        unique = {pair: index for index, pair in enumerate(dict.fromkeys(pairs))}
        jobs, rows = self._jobs(list(unique))
        check_count(sum(len(ids) for ids, _ in rows))
        found = np.zeros((len(jobs), 3), dtype=np.float64)
        for batch, logits in run_rows(self._network, [len(ids) for ids, _ in rows], rows.__getitem__):
            outputs = probabilities(logits, self._use)
            bad = badness(outputs, self._use).cpu().numpy().astype(np.float64)
            place = self._use.contradiction
            against = outputs[:, place].cpu().numpy().astype(np.float64) if place is not None else np.zeros_like(bad)
            found[batch] = np.stack([1.0 - bad, np.maximum(0.0, bad - against), against], axis=1)
        merged = _merge(len(unique), jobs, found)
        return merged[[unique[pair] for pair in pairs]].reshape(-1, 3)

    def rows(self, pairs: Sequence[tuple[str, str]]) -> list[Row]:
        """The tokens that the model reads for each pair, however long."""
        if self._parts is None:
            return self._plain_rows(pairs)
        columns: list[list[Ints]] = []
        for part in self._parts:
            if isinstance(part, str):
                columns.append([np.asarray([self._tokenizer.special(part)], dtype=np.int64)] * len(pairs))
            else:
                found = self._tokenizer.encode([filled(part, premise, said) for premise, said in pairs])
                columns.append([pieces.ids for pieces in found])
        frame = self._tokenizer.single
        return [frame.row(np.concatenate(row)) for row in zip(*columns, strict=True)]

    def _plain_rows(self, pairs: Sequence[tuple[str, str]]) -> list[Row]:
        """Two segments joined by the tokenizer's own special tokens; a window that meets many is encoded once."""
        texts = list(dict.fromkeys(text for pair in pairs for text in pair))
        ids = {text: found.ids for text, found in zip(texts, self._tokenizer.encode(texts), strict=True)}
        ordered = pairs if self._use.premise_first else [(said, premise) for premise, said in pairs]
        return [self._tokenizer.pair.row(ids[first], ids[second]) for first, second in ordered]

    def _jobs(self, pairs: Sequence[tuple[str, str]]) -> tuple[list[_Job], list[Row]]:
        """What to run: one job for a pair that fits, several for one that does not."""
        jobs: list[_Job] = []
        rows: list[Row] = []
        for index, ((premise, hypothesis), whole) in enumerate(zip(pairs, self.rows(pairs), strict=True)):
            if len(whole[0]) <= self._use.max_length:
                jobs.append(_Job(index, 0))
                rows.append(whole)
                continue
            for part, said in enumerate(self._hypothesis_parts(hypothesis)):
                found = list(self._premise_parts(premise, said))
                jobs.extend([_Job(index, part)] * len(found))
                rows.extend(found)
        return jobs, rows

    def _hypothesis_parts(self, hypothesis: str) -> Iterator[str]:
        """Parts that leave half of the model's length to the premise."""
        alone = self.rows([("", hypothesis)])[0]
        if len(alone[0]) <= self._use.max_length // 2 or len(hypothesis) < 2:
            yield hypothesis
            return
        for half in _halves(hypothesis):
            yield from self._hypothesis_parts(half)

    def _premise_parts(self, premise: str, hypothesis: str) -> Iterator[Row]:
        row = self.rows([(premise, hypothesis)])[0]
        if len(row[0]) <= self._use.max_length or len(premise) < 2:
            yield row
            return
        for half in _halves(premise):
            yield from self._premise_parts(half, hypothesis)


def _halves(text: str) -> tuple[str, str]:
    """Two halves of a text of at least two characters, cut at a blank where there is one near the middle."""
    middle = len(text) // 2
    blank = text.rfind(" ", middle // 2, middle)
    cut = blank + 1 if blank > 0 else middle
    overlap = _OVERLAP_CHARS if len(text) > 8 * _OVERLAP_CHARS else 0
    return text[:cut], text[cut - overlap :]


def _merge(count: int, jobs: Sequence[_Job], found: Floats) -> Floats:
    """One row for each pair: the best part of the premise, then the worst part of the hypothesis."""
    groups: list[dict[int, list[int]]] = [{} for _ in range(count)]
    for index, job in enumerate(jobs):
        groups[job.pair].setdefault(job.part, []).append(index)
    merged = np.zeros((count, 3), dtype=np.float64)
    for pair, parts in enumerate(groups):
        best = [max(part, key=lambda i: found[i, 0]) for part in parts.values()]
        merged[pair] = found[min(best, key=lambda i: found[i, 0])]
    return merged
