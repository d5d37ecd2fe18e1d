"""The training examples of the faithfulness model: a window of context and an answer of several claims.

Every claim has a label, and, where it is known, which of its characters are wrong. Labels say what *this window*
carries: a sentence whose evidence stands elsewhere is unsupported here, and merging windows is left to run time.

``python -m training.faithfulness_data --data ../shared/data`` prints how much each source gives.
"""

from __future__ import annotations

import argparse
import difflib
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
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
from training.wordnet import WordNet

SUPPORTED = 0
WINDOW_SIZES = (80, 120, 160, 220, 300)
NLI_LABELS = {"entailment": SUPPORTED, "neutral": UNSUPPORTED, "contradiction": CONTRADICTED}
_WINDOWS_PER_DOCUMENT = 5
_PAIRS = "nli:"
"""How the sources of inference begin."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer; ``bad`` is None where nobody knows which characters are wrong."""

    text: str
    label: int
    bad: tuple[tuple[int, int], ...] | None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Example:
    """A window and the claims of one answer about it."""

    window: str
    claims: tuple[Claim, ...]
    source: str

    def answer(self) -> tuple[str, list[int]]:
        """The answer's text and where each claim begins: running text, lines or a list, by the text's own hash."""
        style = sum(map(len, (claim.text for claim in self.claims))) % 5
        glue = {0: "\n", 1: "\n- "}.get(style, " ")
        text, starts = ("- " if style == 1 else ""), []
        for index, claim in enumerate(self.claims):
            text += glue if index else ""
            starts.append(len(text))
            text += claim.text
        return text, starts


def build(
    data: Path,
    seed: int,
    lexicon: WordNet | None,
    *,
    rounds: int = 6,
    held: bool = False,
    sizes: Sequence[int] = WINDOW_SIZES,
) -> list[Example]:
    """All examples of the training part (or of the held-out part), the same for the same seed.

    ``rounds``: how often the passages are gone through, each time cut and edited anew. ``sizes``: of their
    windows, in word pieces; small ones teach more by the word.
    """
    rng = random.Random(seed)
    documents = read_documents(data, seed)
    near = neighbours(documents)
    shared = Material("", all_names(documents), foreign_clauses(documents, rng), (), near, lexicon)
    chosen = [item for item in documents if held_out(item.key) == held]
    examples: list[Example] = []
    for _ in range(rounds):
        examples += passages(chosen, shared, rng, sizes)
        examples += summaries(data, held, rng)
        examples += records(150 if held else 1200, rng)
    for _ in range(1 if held else 2):
        examples += dialogue(data, held, rng)
        examples += web_claims(data, held, rng)
    examples += similar_sentences(data, held, rng)
    examples += inference(data, held, rng)
    return examples


def passages(
    documents: Sequence[Document], shared: Material, rng: random.Random, sizes: Sequence[int] = WINDOW_SIZES
) -> Iterator[Example]:
    """Answers about windows of every passage: its sentences rewritten or edited, some from elsewhere."""
    for item in documents:
        windows = split_windows([item.text], max_pieces=rng.choice(sizes))
        rng.shuffle(windows)
        for window in windows[:_WINDOWS_PER_DOCUMENT]:
            inside, outside = _parted(item, window)
            if not inside:
                continue
            others = outside if rng.random() < 0.5 else _far(documents, window, rng)
            claims = _claims(inside, others, material_for(window.text, inside, shared), rng)
            if claims:
                text = f"passage {rng.randint(1, 5)}:{window.text}" if rng.random() < 0.1 else window.text
                yield Example(text, tuple(claims), "passages:" + item.key.split(":")[0])


def _parted(item: Document, window: Window) -> tuple[list[str], list[str]]:
    inside: list[str] = []
    outside: list[str] = []
    for index, (start, end) in enumerate(item.spans):
        sentence = item.sentence(index)
        if 5 <= len(sentence.split()) <= 60:
            (inside if start >= window.start and end <= window.end else outside).append(sentence)
    return inside, [sentence for sentence in outside if sentence not in window.text]


def _far(documents: Sequence[Document], window: Window, rng: random.Random) -> list[str]:
    """Sentences of other documents, those first that share words with the window."""
    drawn = [item.sentence(rng.randrange(len(item.spans))) for item in rng.sample(documents, min(16, len(documents)))]
    index = SupportIndex([window.text])
    fit = [(index.support(s).coverage, s) for s in drawn if len(s.split()) >= 5]
    return [sentence for share, sentence in sorted(fit, reverse=True) if share < 0.75][:4]


def _claims(inside: list[str], others: list[str], material: Material, rng: random.Random) -> list[Claim]:
    """Some of the window's sentences as claims: a good quarter of the answers is right throughout."""
    count = rng.choice((1, 2, 3, 3, 4, 5, 6))
    picked = sorted(rng.sample(range(len(inside)), min(count, len(inside))))
    if rng.random() < 0.3:
        rng.shuffle(picked)
    wrong = 0.0 if rng.random() < 0.28 else rng.choice((0.4, 0.6, 0.8))
    claims = []
    for place in picked:
        base = inside[place]
        if len(inside) > 1 and rng.random() < 0.15:
            base = merge(base, inside[place - 1], rng)
        fate = rng.random()
        if others and fate < wrong * 0.2:
            text = rewrite(rng.choice(others), rng, material.lexicon)
            claims.append(Claim(text, UNSUPPORTED, ((0, len(text)),)))
        elif fate < wrong:
            claims += _edited(base, material, rng)
        else:
            text = base if rng.random() < 0.1 else rewrite(base, rng, material.lexicon)
            claims.append(Claim(text, SUPPORTED, ()))
    return claims


def _edited(base: str, material: Material, rng: random.Random) -> list[Claim]:
    wrong = edit_sentence(rewrite(base, rng, material.lexicon), material, rng)
    if wrong is None:
        return []
    bad = list(wrong.bad)
    if rng.random() < 0.15:
        again = edit_sentence(wrong.text, material, rng)
        if again is not None and again.bad[0][0] >= max(end for _, end in bad):
            wrong = again
            bad += again.bad
    return [Claim(wrong.text, wrong.label, tuple(bad))]


def by_window(passages_: Sequence[str], claims: Sequence[Claim], size: int, source: str) -> Iterator[Example]:
    """One example for each window that is the best one of some claim."""
    windows = split_windows(passages_, max_pieces=size)
    index = SupportIndex([window.text for window in windows])
    groups: dict[int, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[index.rank_windows(claim.text)[0]].append(claim)
    for best, group in groups.items():
        yield Example(windows[best].text, tuple(group), source)


def summaries(data: Path, held: bool, rng: random.Random) -> Iterator[Example]:
    """SummEdits: a summary's sentence is wrong where only edited summaries have it."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in read_rows(data / "faithfulness/summedits.test.dev.jsonl.gz"):
        groups[row.context].append(row)
    for context in sorted(groups):
        if held_out(f"summedits:{context[:120]}") != held:
            continue
        rows = groups[context]
        true = sorted({s for row in rows if row.label == 0 for s in sentences_of(row.text)})
        wrong = dict(_wrong_sentences(rows, set(true)))
        for row in rng.sample(rows, max(1, len(rows) // 2)):
            claims = [claim for s in sentences_of(row.text) for claim in _of_summary(s, true, wrong)]
            yield from by_window([context], claims, rng.choice(WINDOW_SIZES[2:]), "summedits")


def _of_summary(sentence: str, true: Sequence[str], wrong: dict[str, bool]) -> list[Claim]:
    if sentence in wrong:
        near = max(
            true, key=lambda s: difflib.SequenceMatcher(None, s, sentence, autojunk=False).quick_ratio(), default=""
        )
        label = UNSUPPORTED if wrong[sentence] else CONTRADICTED
        return [Claim(sentence, label, changed_spans(near, sentence), 1.5)]
    return [Claim(sentence, SUPPORTED, ())] if sentence in true else []


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


def dialogue(data: Path, held: bool, rng: random.Random) -> Iterator[Example]:
    """BEGIN (Wizard of Wikipedia): replies that are, or are not, fully attributable to the knowledge."""
    rows = [row for name in ("begin_wow.test.dev", "begin_wow.dev") for row in _rows(data, f"faithfulness/{name}")]
    rows = [row for row in rows if held_out(f"begin:{row.context}") == held and row.context.strip()]
    for row in rows:
        claim = Claim(row.text, UNSUPPORTED, None) if row.label == 1 else Claim(row.text, SUPPORTED, ())
        others = [rng.choice(rows).context for _ in range(rng.choice((0, 0, 1, 3)))]
        yield Example(_among(row.context, others, rng), (claim,), "begin")


def web_claims(data: Path, held: bool, rng: random.Random) -> Iterator[Example]:
    """WiCE (train): claims of Wikipedia whose unsupported words people marked."""
    for row in _rows(data, "faithfulness/wice_tokens.train"):
        if held_out(f"wice:{row.context[:120]}") == held:
            claim = Claim(row.text, UNSUPPORTED, row.spans, 1.5)
            yield from by_window(row.context.split("\n\n"), [claim], rng.choice(WINDOW_SIZES[2:]), "wice")


def records(count: int, rng: random.Random) -> Iterator[Example]:
    """Answers about made-up records."""
    for _ in range(count):
        passage, statements = make_record(rng)
        drawn = rng.sample(statements, min(rng.randint(2, 7), len(statements)))
        claims = [Claim(item.text, item.label, item.bad, 0.8) for item in drawn]
        yield from by_window([passage], claims, rng.choice((120, 200, 300)), "records")


def similar_sentences(data: Path, held: bool, rng: random.Random) -> Iterator[Example]:
    """STS: sentences that mean the same, and those that share a topic at best."""
    rows = [row for row in read_rows(data / "similarity/stsb.train.jsonl.gz") if len(row.text.split()) > 3]
    for row in rows:
        value = float(row.label)
        if held_out(f"stsb:{row.context}") == held and not 2.6 < value < 4.5:
            others = [rng.choice(rows).context for _ in range(rng.choice((0, 1, 3, 5)))]
            claim = Claim(row.text, SUPPORTED, ()) if value >= 4.5 else Claim(row.text, UNSUPPORTED, None)
            yield Example(_among(row.context, others, rng), (claim,), "stsb")


@dataclass(frozen=True, slots=True)
class _Inference:
    """An NLI set: how many pairs, how many premises may share a window, and what a pair counts."""

    name: str
    pairs: int
    premises: int
    weight: float = 1.0


_NLI = (
    _Inference("conjnli.train", 12000, 4, 0.7), _Inference("lingnli.train", 40000, 5),
    _Inference("mnli_taxinli.all", 10000, 5), _Inference("cad_nli.train", 8000, 2),
    _Inference("snli.train", 50000, 3, 0.7), _Inference("fool_me_twice.dev", 1169, 4, 1.5),
)  # fmt: skip


def inference(data: Path, held: bool, rng: random.Random) -> Iterator[Example]:
    """NLI hypotheses as claims about a window of one to five premises."""
    for part in _NLI:
        by_premise: dict[str, list[Claim]] = defaultdict(list)
        rows = [row for row in read_rows(data / f"nli/{part.name}.jsonl.gz") if row.label in NLI_LABELS]
        rng.shuffle(rows)
        for row in rows[: part.pairs]:
            if row.text.strip() and held_out("nli:" + row.context, 40) == held:
                label = NLI_LABELS[str(row.label)]
                bad = () if label == SUPPORTED else None
                by_premise[row.context].append(Claim(row.text, label, bad, part.weight))
        yield from _bundled(by_premise, part, rng)


def denser(examples: Sequence[Example], share: float, rng: random.Random) -> list[Example]:
    """All pairs of inference, and so many of the other examples that pairs are `share` of all characters.

    Pairs teach more inference by the word than windows do, most of whose claims stand there as they are.
    """
    sizes = [len(example.window) + len(example.answer()[0]) for example in examples]
    pairs = [example.source.startswith(_PAIRS) for example in examples]
    inside = sum(size for size, pair in zip(sizes, pairs, strict=True) if pair)
    kept = inside * (1.0 / share - 1.0) / max(1, sum(sizes) - inside)
    return [example for example, pair in zip(examples, pairs, strict=True) if pair or rng.random() < kept]


def _bundled(by_premise: dict[str, list[Claim]], part: _Inference, rng: random.Random) -> Iterator[Example]:
    premises = list(by_premise)
    rng.shuffle(premises)
    place = 0
    while place < len(premises):
        group = premises[place : place + rng.randint(1, part.premises)]
        place += len(group)
        while len(group) > 1 and sum(map(len, group)) > 1200:
            place -= 1
            group.pop()
        claims = [claim for premise in group for claim in by_premise[premise]]
        rng.shuffle(claims)
        for start in range(0, len(claims), 5):
            yield Example(" ".join(group), tuple(claims[start : start + 5]), _PAIRS + part.name.split(".")[0])


def _among(text: str, others: list[str], rng: random.Random) -> str:
    """A text somewhere among others."""
    fit = [other for other in others if other != text and len(other) < 500]
    fit.insert(rng.randint(0, len(fit)), text)
    return " ".join(fit)


def _rows(data: Path, name: str) -> list[Row]:
    return [row for row in read_rows(data / f"{name}.jsonl.gz") if row.text.strip()]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--wordnet", type=Path, default=None, help="folder of WordNet's files")
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    examples = build(options.data, options.seed, WordNet(options.wordnet) if options.wordnet else None)
    print_counts(examples)


def print_counts(examples: Iterable[Example]) -> None:
    """Claims by source and label, and characters by source."""
    counts = Counter((example.source, claim.label) for example in examples for claim in example.claims)
    size: Counter[str] = Counter()
    for example in examples:
        size[example.source] += len(example.window) + len(example.answer()[0])
    for source in sorted(size):
        print(f"{source:24s}", *(f"{counts[source, label]:7d}" for label in range(3)), f"{size[source]:10d}")


if __name__ == "__main__":
    main()
