"""Claims and their false twins about one window, both wholly in its words: what counting words cannot tell apart, and
what near copies get wrong that bind one thing to another.

``python -m training.twins --data ../shared/data [--held]`` prints some of them.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from evaluator.text.support import SupportIndex
from evaluator.text.windows import split_windows
from training.data import Row, held_out, read_rows
from training.edits import CONTRADICTED, UNSUPPORTED, Edited, find_names
from training.faithfulness_data import SUPPORTED, WINDOW_SIZES, Claim, Example, by_window
from training.passages import Document, read_documents

_VERB = re.compile(
    r" (?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|does|did|said|says|became|won|lost|made"
    r"|took|[a-z]{3,}(?:ed|es))(?= )"
)
_FIGURE = re.compile(r"(?<![\w.,])[$€£]?\d[\d,]*(?:\.\d+)?(?:%| per cent| percent| million| billion)?(?!\w)")
_HEDGES = (
    (r"\b(?:is|are|was|were) (?:expected|likely|set|due|scheduled) to\b", "will"),
    (r"\b(?:plans?|hopes?|intends?|wants?|hoped|planned|intended|wanted) to\b", "will"),
    (r"\b(?:may|might|could)\b(?= [a-z])", "will"),
    (r"\b(?:reportedly|allegedly|apparently|probably|possibly|perhaps|almost|nearly|partly|up to|at least) ", ""),
    (r"\b(?:some|many|most|several) of (?=the\b)", "all of "),
    (r", (?:unless|if|provided that|as long as|except) [^,.]{8,80}(?=[.,])", ""),
)
"""What is said less surely than its twin says it."""
_LONGEST_SUBJECT = 7
"""Words."""
_CELL = re.compile(r"\s*\|\s*")
_PER_DOCUMENT = 3
_REMOVED = 0.25, 0.6
"""Shares of a claim's words that what is left of a window has: below, it is about something else; above, it may still
say it."""


class Twin(NamedTuple):
    """A claim that a window carries, and one that it does not."""

    true: str
    false: Edited


Maker = Callable[[Sequence[str], random.Random], Twin | None]
"""Makes twins of the sentences of a window."""


def other_subject(sentences: Sequence[str], rng: random.Random) -> Twin | None:
    """What one did, said of another."""
    split = [(s, *found) for s in sentences if (found := _split(s)) is not None]
    if len(split) < 2:
        return None
    (whole, subject, predicate), (_, other, _) = rng.sample(split, 2)
    if other.lower() == subject.lower() or other in predicate or subject in other:
        return None
    return Twin(whole, Edited(other + predicate, ((0, len(other)),), CONTRADICTED))


def _split(sentence: str) -> tuple[str, str] | None:
    """The subject of a sentence, a name or what an article begins, and the rest."""
    verb = _VERB.search(sentence)
    if verb is None:
        return None
    subject, rest = sentence[: verb.start()], sentence[verb.start() :]
    named = bool(find_names(subject)) or subject.startswith(("The ", "A ", "An "))
    return (subject, rest) if named and len(subject.split()) <= _LONGEST_SUBJECT and "," not in subject else None


def other_name(sentences: Sequence[str], rng: random.Random) -> Twin | None:
    """A name of one sentence in the place of a name of another."""
    return _exchanged(sentences, lambda text: find_names(text), rng)


def other_figure(sentences: Sequence[str], rng: random.Random) -> Twin | None:
    """A figure of one fact in another, of the same kind."""
    return _exchanged(sentences, lambda text: [m.span() for m in _FIGURE.finditer(text)], rng)


def _exchanged(
    sentences: Sequence[str], find: Callable[[str], list[tuple[int, int]]], rng: random.Random
) -> Twin | None:
    places = [(s, span) for s in sentences for span in find(s)]
    rng.shuffle(places)
    for sentence, (start, end) in places:
        old = sentence[start:end]
        others = [s[a:b] for s, (a, b) in places if s != sentence]
        fit = sorted({one for one in others if one not in sentence and old not in one and _kind(one) == _kind(old)})
        if fit:
            new = rng.choice(fit)
            false = sentence[:start] + new + sentence[end:]
            return Twin(sentence, Edited(false, ((start, start + len(new)),), CONTRADICTED))
    return None


def _kind(text: str) -> tuple[bool, bool, bool, int]:
    """What two figures, or two names, must have in common: a year does not stand for a price."""
    digits = re.sub(r"\D", "", text)
    year = len(digits) == 4 and digits == text and digits[:2] in ("18", "19", "20")
    return bool(digits), year, any(unit in text for unit in "$€£%"), 0 if digits else min(2, len(text.split()))


def too_sure(sentences: Sequence[str], rng: random.Random) -> Twin | None:
    """The same without what made it less sure, or tied it to a condition."""
    for sentence in rng.sample(list(sentences), len(sentences)):
        for pattern, new in rng.sample(_HEDGES, len(_HEDGES)):
            found = re.search(pattern, sentence)
            if found is not None:
                text = sentence[: found.start()] + new + sentence[found.end() :]
                end = found.start() + len(new)
                bad = (max(0, found.start() - 1), min(len(text), max(end, found.start() + 1)))
                return Twin(sentence, Edited(text[0].upper() + text[1:], (bad,), UNSUPPORTED))
    return None


MAKERS: tuple[Maker, ...] = (other_subject, other_name, other_figure, other_figure, too_sure)


def twins(
    documents: Sequence[Document], rng: random.Random, *, held: bool = False, sizes: Sequence[int] = WINDOW_SIZES
) -> Iterator[Example]:
    """Twins about windows of every passage of the training part (or of the held-out part), and claims whose evidence
    was taken out of their window."""
    for item in documents:
        if held_out(item.key) != held:
            continue
        windows = split_windows([item.text], max_pieces=rng.choice(sizes))
        for window in rng.sample(windows, min(_PER_DOCUMENT, len(windows))):
            spans = [(a, b) for a, b in item.spans if a >= window.start and b <= window.end]
            sentences = [text for a, b in spans if 5 <= len((text := item.text[a:b]).split()) <= 50]
            found = [twin for make in rng.sample(MAKERS, 3) if (twin := make(sentences, rng)) is not None]
            if found:
                yield Example(window.text, tuple(_claims(found, window.text, rng)), "twins")
            removed = _without(window.text, sentences, rng)
            if removed is not None:
                yield removed


def _claims(found: Sequence[Twin], window: str, rng: random.Random) -> list[Claim]:
    claims = []
    for twin in found:
        if twin.false.text in window:
            continue
        claims.append(Claim(twin.false.text, twin.false.label, twin.false.bad))
        claims.append(Claim(twin.true, SUPPORTED, ()))
    rng.shuffle(claims)
    return list(dict.fromkeys(claims))


def _without(window: str, sentences: Sequence[str], rng: random.Random) -> Example | None:
    """A window without the sentence that said it."""
    if len(sentences) < 3:
        return None
    gone, kept = rng.sample(list(sentences), 2)
    left = window.replace(gone, "").replace("  ", " ")
    low, high = _REMOVED
    if gone in left or not low <= SupportIndex([left]).support(gone).coverage <= high:
        return None
    return Example(left, (Claim(gone, UNSUPPORTED, ((0, len(gone)),)), Claim(kept, SUPPORTED, ())), "removed")


def table_twins(data: Path, rng: random.Random, *, held: bool = False) -> Iterator[Example]:
    """Sentences about tables, with a cell in the place of another one of its column."""
    for row in read_rows(data / "tables/fetaqa.train.jsonl.gz"):
        if held_out(f"fetaqa:{row.context[:200]}", 20) == held and (false := other_cell(row, rng)) is not None:
            claims = [Claim(row.text, SUPPORTED, ()), Claim(false.text, CONTRADICTED, false.bad)]
            yield from by_window([row.context], claims, rng.choice(WINDOW_SIZES[-2:]), "table twins")


def other_cell(row: Row, rng: random.Random) -> Edited | None:
    """An answer with a cell of the table in the place of another one of the same column."""
    lines = [
        _CELL.split(line.strip().strip("|").strip()) for line in row.context.splitlines() if line.startswith("|")
    ]
    rows = [line for line in lines[1:] if not set("".join(line)) <= set("-: ")]
    if not rows:
        return None
    columns = [[line[place] for line in rows if place < len(line)] for place in range(len(lines[0]))]
    rng.shuffle(columns)
    for cells in columns:
        for cell in rng.sample(cells, len(cells)):
            start = row.text.find(cell) if len(cell) > 2 else -1
            fit = (other for other in cells if len(other) > 2 and other not in row.text)
            others = [other for other in fit if _kind(other) == _kind(cell)]
            if start >= 0 and others:
                new = rng.choice(others)
                text = row.text[:start] + new + row.text[start + len(cell) :]
                return Edited(text, ((start, start + len(new)),), CONTRADICTED)
    return None


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--held", action="store_true")
    parser.add_argument("--count", type=int, default=20)
    options = parser.parse_args()
    rng = random.Random(1)
    found = [*twins(read_documents(options.data, 20), rng, held=options.held),
             *table_twins(options.data, rng, held=options.held)]  # fmt: skip
    print(f"{len(found)} windows, {sum(len(example.claims) for example in found)} claims")
    for example in rng.sample(found, min(options.count, len(found))):
        print(f"\n[{example.source}] {example.window[:600]}")
        for claim in example.claims:
            print(f"  {claim.label} {claim.text}   {[claim.text[a:b] for a, b in claim.bad or ()]}")


if __name__ == "__main__":
    main()
