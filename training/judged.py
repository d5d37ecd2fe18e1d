"""Examples from what people judged: claims and answers of real models, minimal pairs, tables and records.

``python -m training.judged --data ../shared/data`` prints how much each source gives.
"""

from __future__ import annotations

import argparse
import difflib
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from training.data import Row, held_out, read_rows
from training.edits import CONTRADICTED, UNSUPPORTED
from training.faithfulness_data import (
    NLI_LABELS,
    SUPPORTED,
    Claim,
    Example,
    by_window,
    changed_spans,
    print_counts,
    sentences_of,
)

TEXT_WINDOWS, TABLE_WINDOWS = (120, 160, 220, 300), (300, 360)
"""Sizes in word pieces; what lies in a table needs its head."""
_LABELS = NLI_LABELS | {
    "E": SUPPORTED, "N": UNSUPPORTED, "C": CONTRADICTED,
    "supports": SUPPORTED, "not enough info": UNSUPPORTED, "refutes": CONTRADICTED,
}  # fmt: skip
_ALIKE = 0.5
"""From which share of equal words on two sentences are taken for versions of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A labelled set: about `most` of its rows that are `kept`, each counting `weight`, gone through `times`."""

    file: str
    most: int = 10**9
    times: int = 1
    weight: float = 1.0
    windows: tuple[int, ...] = TEXT_WINDOWS
    kept: Callable[[Row], bool] = lambda _: True

    @property
    def name(self) -> str:
        return self.file.partition("/")[2].partition(".")[0]


def _agreed(row: Row) -> bool:
    """Of raters: whether they agree, and judged what was said rather than that nothing was."""
    return not (row.meta.get("split_votes") or row.meta.get("declines"))


def _confirmed(row: Row) -> bool:
    """Of one annotator: whether a second reading of the same text finds errors, or none, as well."""
    return bool(row.spans) == bool(row.meta.get("gpt4_error_types"))


def _visible(row: Row) -> bool:
    """Whether the errors can be seen in the box score: not those about other games."""
    kinds = {str(error[0]) for error in row.meta.get("errors") or ()}
    return not kinds or bool(kinds & {"NAME", "NUMBER", "WORD"})


SOURCES = (
    Source(file="faithfulness/expertqa_claims.train", times=2),
    *(
        Source(file=f"faithfulness/attrbench_{part}.train", times=2)
        for part in ("attributedqa", "attrscore_gensearch", "expertqa", "hagrid", "stanford_gensearch")
    ),
    Source(file="faithfulness/factcheckbench_stance.train", weight=0.8, times=2),
    Source(file="faithfulness/q2_wow.train", weight=0.7),
    Source(file="faithfulness/qasem_consistency.train", weight=1.5, times=2),
    Source(file="faithfulness/diasumfact_qmsum.train", weight=1.5, times=2),
    Source(file="faithfulness/clapnq_human.train", kept=_agreed),
    Source(file="faithfulness/mtrag_human.train", kept=_agreed),
    Source(file="faithfulness/mts_auto.train", weight=0.7),
    *(Source(file=f"faithfulness/defacto.{part}") for part in ("train", "dev", "test")),
    Source(file="faithfulness/bump.train"),
    Source(file="tables/infotabs.train", most=3000, windows=TABLE_WINDOWS, weight=0.7),
    Source(file="tables/infotabs.dev", most=1000, windows=TABLE_WINDOWS, weight=0.7),
    Source(file="tables/tabfact_pairs.train", most=6000, windows=TABLE_WINDOWS, weight=0.7),
    Source(file="tables/scitab.train", windows=TABLE_WINDOWS, weight=0.7),
    Source(file="tables/quintd_human.train", windows=TABLE_WINDOWS, kept=_confirmed, times=2),
    Source(file="tables/rotowire_accuracy.train", windows=TABLE_WINDOWS, kept=_visible, times=2),
    Source(file="tables/e2e_noise.train", most=2000, windows=TABLE_WINDOWS, weight=0.4),
    Source(file="paraphrase/e2e_pairs.train", most=4000, weight=0.6),
    Source(file="nli/check_covid.train"),
    Source(file="nli/fever_symmetric.train"),
)


def judged(
    data: Path, rng: random.Random, *, held: bool = False, sources: Sequence[Source] = SOURCES
) -> list[Example]:
    """The examples of the training part (or of the held-out part) of every source, in any order."""
    return [
        example
        for source in sources
        for _ in range(1 if held else source.times)
        for example in _of_source(data, source, held, rng)
    ]


def _of_source(data: Path, source: Source, held: bool, rng: random.Random) -> Iterator[Example]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in read_rows(data / f"{source.file}.jsonl.gz"):
        if row.text.strip() and row.context.strip() and source.kept(row):
            groups[row.context].append(row)
    contexts = [context for context in sorted(groups) if held_out(f"judged:{context[:200]}", 20) == held]
    rng.shuffle(contexts)
    rows = 0
    for context in contexts:
        right = [s for row in groups[context] if _label(row) == SUPPORTED for s in sentences_of(row.text)]
        for row in groups[context]:
            claims = [replace(claim, weight=source.weight) for claim in claims_of(row, right)]
            yield from by_window(context.split("\n\n"), claims, rng.choice(source.windows), source.name)
        rows += len(groups[context])
        if rows >= source.most:
            return


def claims_of(row: Row, right: Sequence[str]) -> list[Claim]:
    """The sentences of an answer whose label is known; `right` are those of answers to the same that are right."""
    label, sentences = _label(row), sentences_of(row.text)
    if label == SUPPORTED:
        return [Claim(sentence, SUPPORTED, ()) for sentence in sentences]
    if row.spans:
        return list(_marked(row))
    known = set(right)
    unknown = [sentence for sentence in sentences if sentence not in known]
    if len(unknown) != 1:  # nobody knows which of them is wrong
        return []
    near = _nearest(unknown[0], right)
    bad = None if near is None else changed_spans(near, unknown[0])
    return [Claim(s, label, bad) if s == unknown[0] else Claim(s, SUPPORTED, ()) for s in sentences]


def _label(row: Row) -> int:
    said = row.meta.get("label3") or row.label
    return _LABELS[said] if isinstance(said, str) else UNSUPPORTED if said == 1 else SUPPORTED


def _marked(row: Row) -> Iterator[Claim]:
    """The sentences of an answer in which people marked what is wrong."""
    start = 0
    for sentence in sentences_of(row.text):
        start = row.text.index(sentence, start)
        end = start + len(sentence)
        bad = tuple((max(a, start) - start, min(b, end) - start) for a, b in row.spans if a < end and b > start)
        yield Claim(sentence, UNSUPPORTED if bad else SUPPORTED, bad)
        start = end


def _nearest(sentence: str, others: Sequence[str]) -> str | None:
    """The one of `others` that `sentence` is another version of."""
    words = sentence.split()

    def alike(other: str) -> float:
        return difflib.SequenceMatcher(None, other.split(), words, autojunk=False).ratio()

    best = max(others, key=alike, default=None)
    return best if best is not None and alike(best) >= _ALIKE else None


def mixed(made: Sequence[Example], people: Sequence[Example], share: float) -> list[Example]:
    """Both, the examples of people so often that theirs are `share` of all characters (in [0, 1))."""
    sizes = [sum(len(e.window) + len(e.answer()[0]) for e in part) for part in (made, people)]
    times = share / (1.0 - share) * sizes[0] / max(1, sizes[1])
    whole, rest = int(times), times - int(times)
    return [*made, *list(people) * whole, *people[: round(rest * len(people))]]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    print_counts(judged(options.data, random.Random(options.seed)))


if __name__ == "__main__":
    main()
