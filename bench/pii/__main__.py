"""How well personal data is found: ``python -m bench.pii --data ../shared/data [--limit N]``.

On Presidio's synthetic sentences (`presidio-research`, MIT): for each kind, how many of the labelled values were
found and how many of the values found were labelled, once by whole answers (does it hold one?) and once by spans. A
span is found where one of its kind overlaps with it. The last line asks only whether anything labelled was found,
kinds that we do not claim included.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.text.pii.finder import KINDS, find_pii
from evaluator.text.pii.recognizer import PiiSpan
from evaluator.text.pii.redact import Redactor
from training.data import digest, read_lines

FILE = "pii/presidio_synth_v2.all.jsonl.gz"
LABELS = {
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "credit_card",
    "IBAN_CODE": "iban",
    "US_SSN": "us_ssn",
    "IP_ADDRESS": "ip_address",
    "US_DRIVER_LICENSE": "driver_license",
    "STREET_ADDRESS": "street_address",
    "ZIP_CODE": "postcode",
    "PERSON": "person",
}
"""What the set calls the kinds that we claim."""
WITHIN = {"postcode": "street_address"}
"""Kinds that the set does not part from another one: its addresses have their postcodes in them."""
BY_FORM = ("email", "phone", "credit_card", "iban", "us_ssn", "ip_address")
"""Kinds that have a form of their own; names and addresses are found only where one gives them away."""


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence with its labelled and its found spans; kinds that we do not claim keep the set's names."""

    text: str
    labels: tuple[PiiSpan, ...]
    found: tuple[PiiSpan, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives among what is labelled and among what is found (they differ where spans are cut otherwise)."""

    labelled: int
    found: int
    recalled: int
    correct: int

    @property
    def precision(self) -> float:
        return self.correct / self.found if self.found else float("nan")

    @property
    def recall(self) -> float:
        return self.recalled / self.labelled if self.labelled else float("nan")

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def read_rows(path: Path, limit: int | None, find: Callable[[str], Sequence[PiiSpan]]) -> tuple[list[Row], float]:
    """The sentences (the first `limit` in the order of their hashes), searched, and the processor time in seconds."""
    raw: list[dict[str, Any]] = sorted(read_lines(path), key=lambda row: digest(row["id"]))[:limit]
    found = [tuple(find(row["answer"])) for row in raw]
    started = time.process_time()  # once more: the first time, patterns are compiled
    for row in raw:
        find(row["answer"])
    seconds = time.process_time() - started
    rows = [
        Row(
            row["answer"],
            tuple(PiiSpan(start, end, LABELS.get(kind, kind), 1.0) for start, end, kind in row["spans"]),
            spans,
        )
        for row, spans in zip(raw, found, strict=True)
    ]
    return rows, seconds


def by_span(rows: Sequence[Row], kinds: Sequence[str] | None, *, alike: bool) -> Counts:
    """Counts of spans of `kinds` (None: of all labels); `alike`: an overlap counts only with a span of its kind."""
    labelled = found = recalled = correct = 0
    for row in rows:
        labels = [s for s in row.labels if kinds is None or s.kind in kinds]
        claims = [s for s in row.found if kinds is None or s.kind in kinds]
        labelled, found = labelled + len(labels), found + len(claims)
        recalled += sum(_met(label, row.found, alike) for label in labels)
        correct += sum(_met(claim, row.labels, alike) for claim in claims)
    return Counts(labelled, found, recalled, correct)


def _met(span: PiiSpan, others: Sequence[PiiSpan], alike: bool) -> bool:
    kinds = (span.kind, WITHIN.get(span.kind))
    return any(o.start < span.end and span.start < o.end and (not alike or o.kind in kinds) for o in others)


def by_answer(rows: Sequence[Row], kinds: Sequence[str] | None) -> Counts:
    """Counts of answers that hold something of `kinds` (None: of all labels)."""
    labelled = found = recalled = correct = 0
    within = None if kinds is None else {*kinds, *(WITHIN[kind] for kind in kinds if kind in WITHIN)}
    for row in rows:
        holds = any(kinds is None or s.kind in kinds for s in row.labels)
        claims = any(kinds is None or s.kind in kinds for s in row.found)
        labelled, found, recalled = labelled + holds, found + claims, recalled + (holds and claims)
        correct += claims and any(within is None or s.kind in within for s in row.labels)
    return Counts(labelled, found, recalled, correct)


def together(rows: Sequence[Row]) -> float:
    """Characters per processor second when the sentences are redacted as one list, as parts are before storage."""
    texts = [row.text for row in rows]
    started = time.process_time()
    Redactor(KINDS).value(texts)
    return sum(map(len, texts)) / (time.process_time() - started)


def line(name: str, answers: Counts, spans: Counts) -> str:
    cells = (f"{c.labelled:6d} {c.precision:8.3f} {c.recall:8.3f} {c.f1:8.3f}" for c in (answers, spans))
    return " | ".join([f"{name:22s}", *cells])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--limit", type=int, default=None, help="sentences, at most")
    options = parser.parse_args()
    path = options.data / FILE
    if not path.is_file():
        print(f"Presidio's synthetic set skipped: {path} is not there")
        return
    rows, seconds = read_rows(path, options.limit, find_pii)
    size = sum(len(row.text) for row in rows)
    print(f"presidio-research synth v2 (dev, synthetic): {len(rows)} sentences, {size} characters,")
    print(f"{size / seconds:,.0f} characters/s one sentence at a time, {together(rows):,.0f} redacted together")
    head = f"{'n':>6s} {'prec.':>8s} {'recall':>8s} {'F1':>8s}"
    print(f"{'':22s} | {'answers':^33s} | {'spans':^33s}\n{'kind':22s} | {head} | {head}")
    claimed = tuple(dict.fromkeys(LABELS.values()))
    for kind in claimed:
        print(line(kind, by_answer(rows, [kind]), by_span(rows, [kind], alike=True)))
    print(line("kinds with a form", by_answer(rows, BY_FORM), by_span(rows, BY_FORM, alike=True)))
    print(line("all kinds we claim", by_answer(rows, claimed), by_span(rows, claimed, alike=True)))
    print(line("all labels, any kind", by_answer(rows, None), by_span(rows, None, alike=False)))
    others = sorted({s.kind for row in rows for s in row.labels} - set(claimed))
    print(f"labelled, not claimed: {', '.join(others)}")
    print(f"claimed, not labelled: {', '.join(kind for kind in KINDS if kind not in claimed)}")


if __name__ == "__main__":
    main()
