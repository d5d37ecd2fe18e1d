"""The training pairs of the faithfulness model: (window, sentence), label, and which characters are wrong.

``python -m training.faithfulness_data --data ../shared/data`` prints how many pairs each source gives.
"""

from __future__ import annotations

import argparse
import difflib
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evaluator.text.sentences import split_sentences
from evaluator.text.support import SupportIndex
from evaluator.text.windows import Window, split_windows
from training.data import Row, held_out, read_rows
from training.edits import CONTRADICTED, UNSUPPORTED, Material, edit_sentence
from training.passages import Document, all_names, foreign_clauses, material_for, neighbours, read_documents
from training.records import make_record
from training.rewrites import merge, rewrite

SUPPORTED = 0
WINDOW_SIZES = (60, 90, 120, 160, 200)
_LABELS = {"entailment": SUPPORTED, "neutral": UNSUPPORTED, "contradiction": CONTRADICTED}
_NLI = (
    ("conjnli.train", 8000, 0.7), ("lingnli.train", 14000, 1.0),
    ("mnli_taxinli.all", 8000, 1.0), ("cad_nli.train", 4000, 1.0),
    ("snli.train", 3000, 1.0), ("fool_me_twice.dev", 1169, 1.5),
)  # fmt: skip
"""Set, number of pairs, weight."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One example; ``bad`` is None where nobody knows which characters are wrong."""

    window: str
    sentence: str
    label: int
    bad: tuple[tuple[int, int], ...] | None
    weight: float
    source: str


def build(data: Path, seed: int, *, held: bool = False) -> list[Pair]:
    """All pairs of the training part (or of the held-out part), the same for the same seed."""
    rng = random.Random(seed)
    documents = read_documents(data, seed)
    shared = Material("", all_names(documents), foreign_clauses(documents, rng), (), neighbours(documents))
    chosen = [item for item in documents if held_out(item.key) == held]
    pairs = list(edited_passages(chosen, shared, rng))
    pairs += list(summaries(data, held, rng))
    pairs += list(dialogue(data, held))
    pairs += list(records(600 if held else 2600, rng))
    if not held:
        pairs += list(inference(data, rng))
    return pairs


def edited_passages(documents: list[Document], shared: Material, rng: random.Random) -> Iterator[Pair]:
    """Every sentence of every passage: once true (rewritten), once edited; some from elsewhere."""
    for item in documents:
        windows = split_windows([item.text], max_pieces=rng.choice(WINDOW_SIZES))
        sentences = [item.sentence(index) for index in range(len(item.spans))]
        for index, (start, end) in enumerate(item.spans):
            if not 5 <= len(sentences[index].split()) <= 60:
                continue
            window = _holding(windows, start, end, rng)
            if window is None:
                continue
            inside = [
                s for s, (a, b) in zip(sentences, item.spans, strict=True) if a >= window.start and b <= window.end
            ]
            others = [sentence for sentence in inside if sentence != sentences[index]]
            base = sentences[index]
            if others and rng.random() < 0.18:
                base = merge(base, rng.choice(others), rng)
            yield from _true_and_false(base, window, material_for(window.text, others, shared), rng, item.key)
            if rng.random() < 0.12:
                yield from _from_elsewhere(sentences, documents, window, rng)


def _true_and_false(base: str, window: Window, material: Material, rng: random.Random, key: str) -> Iterator[Pair]:
    source = "edit:" + key.split(":")[0]
    true = rewrite(base, rng)
    yield Pair(window.text, true, SUPPORTED, (), 1.0, source)
    wrong = edit_sentence(rewrite(base, rng), material, rng)
    if wrong is None:
        return
    bad = list(wrong.bad)
    if rng.random() < 0.15:
        again = edit_sentence(wrong.text, material, rng)
        if again is not None and again.bad[0][0] >= max(end for _, end in bad):
            wrong = again
            bad += again.bad
    yield Pair(window.text, wrong.text, wrong.label, tuple(bad), 1.0, source)


def _holding(windows: list[Window], start: int, end: int, rng: random.Random) -> Window | None:
    holding = [window for window in windows if window.start <= start and end <= window.end]
    return rng.choice(holding) if holding else None


def _from_elsewhere(
    sentences: list[str], documents: list[Document], window: Window, rng: random.Random
) -> Iterator[Pair]:
    """A sentence of the same document outside the window, or the closest of some of another document."""
    outside = [s for s in sentences if s not in window.text and len(s.split()) >= 5]
    index = SupportIndex([window.text])
    if outside and rng.random() < 0.6:
        options = rng.sample(outside, min(4, len(outside)))
    else:
        other = rng.sample(documents, min(12, len(documents)))
        options = [
            s for item in other for s in (item.sentence(rng.randrange(len(item.spans))),) if len(s.split()) >= 5
        ]
    options = [option for option in options if index.support(option).coverage < 0.75]
    if options:
        chosen = rewrite(max(options, key=lambda option: index.support(option).coverage), rng)
        yield Pair(window.text, chosen, UNSUPPORTED, ((0, len(chosen)),), 1.0, "elsewhere")


def summaries(data: Path, held: bool, rng: random.Random) -> Iterator[Pair]:
    """SummEdits, sentence by sentence: a summary's sentence is wrong where only edited summaries have it."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in read_rows(data / "faithfulness/summedits.test.dev.jsonl.gz"):
        groups[row.context].append(row)
    for context in sorted(groups):
        if held_out(f"summedits:{context[:120]}") != held:
            continue
        rows = groups[context]
        true = sorted({s for row in rows if row.label == 0 for s in sentences_of(row.text)})
        windows = split_windows([context], max_pieces=rng.choice(WINDOW_SIZES[2:]))
        index = SupportIndex([window.text for window in windows])
        wrong = sorted(set(_wrong_sentences(rows, set(true))))
        for sentence in true:
            yield Pair(_best(windows, index, sentence), sentence, SUPPORTED, (), 1.0, "summedits")
        for sentence, added in wrong:
            near = max(
                true,
                key=lambda s: difflib.SequenceMatcher(None, s, sentence, autojunk=False).quick_ratio(),
                default="",
            )
            label = UNSUPPORTED if added else CONTRADICTED
            yield Pair(
                _best(windows, index, sentence), sentence, label, changed_spans(near, sentence), 1.0, "summedits"
            )


def _best(windows: list[Window], index: SupportIndex, sentence: str) -> str:
    return windows[index.rank_windows(sentence)[0]].text


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, as text."""
    return [text[start:end] for start, end in split_sentences(text)]


def _wrong_sentences(rows: list[Row], true: set[str]) -> Iterator[tuple[str, bool]]:
    for row in rows:
        unknown = [s for s in sentences_of(row.text) if s not in true] if row.label == 1 else []
        if len(unknown) == 1:
            yield unknown[0], row.meta.get("edit_types") == ["hallucinated_fact_insertion"]


def changed_spans(old: str, new: str) -> tuple[tuple[int, int], ...] | None:
    """Ranges of ``new`` whose words ``old`` lacks; None when too much changed to say."""
    words = list(re.finditer(r"\S+", new))
    matcher = difflib.SequenceMatcher(None, old.split(), [word.group() for word in words], autojunk=False)
    spans = []
    for tag, _, _, first, last in matcher.get_opcodes():
        if tag in ("replace", "insert"):
            spans.append((words[first].start(), words[last - 1].end()))
    share = sum(end - start for start, end in spans) / max(1, len(new))
    return tuple(spans) if spans and share < 0.5 else None


def dialogue(data: Path, held: bool) -> Iterator[Pair]:
    """BEGIN (Wizard of Wikipedia): replies that are, or are not, fully attributable to the knowledge."""
    for name in ("begin_wow.test.dev", "begin_wow.dev"):
        for row in read_rows(data / f"faithfulness/{name}.jsonl.gz"):
            if held_out(f"begin:{row.context}") == held and row.text.strip() and row.context.strip():
                label = UNSUPPORTED if row.label == 1 else SUPPORTED
                yield Pair(row.context, row.text, label, () if label == SUPPORTED else None, 1.0, "begin")


def records(count: int, rng: random.Random) -> Iterator[Pair]:
    """Sentences about made-up records, three or so for each."""
    for _ in range(count):
        passage, statements = make_record(rng)
        windows = split_windows([passage])
        index = SupportIndex([window.text for window in windows])
        for item in rng.sample(statements, min(3, len(statements))):
            yield Pair(_best(windows, index, item.text), item.text, item.label, item.bad, 0.8, "records")


def inference(data: Path, rng: random.Random) -> Iterator[Pair]:
    """NLI pairs, a good half with the premise somewhere inside a longer window."""
    for name, count, weight in _NLI:
        rows = [row for row in read_rows(data / f"nli/{name}.jsonl.gz") if row.label in _LABELS and row.text.strip()]
        rng.shuffle(rows)
        for row in rows[:count]:
            window = row.context
            if rng.random() < 0.55:
                others = [rng.choice(rows).context for _ in range(rng.randint(1, 4))]
                others.insert(rng.randint(0, len(others)), window)
                window = " ".join(text for text in others if len(text) < 500)
                window = window if row.context in window else row.context
            label = _LABELS[str(row.label)]
            yield Pair(
                window, row.text, label, () if label == SUPPORTED else None, weight, "nli:" + name.split(".")[0]
            )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    pairs = build(options.data, options.seed)
    counts = Counter((pair.source, pair.label) for pair in pairs)
    for source in sorted({pair.source for pair in pairs}):
        print(f"{source:20s}", *(f"{counts[(source, label)]:7d}" for label in range(3)))
    print(f"{'all':20s}", *(f"{sum(1 for pair in pairs if pair.label == label):7d}" for label in range(3)))


if __name__ == "__main__":
    main()
