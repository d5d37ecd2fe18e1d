"""Whole answers with known faults, made from the held-out part, to fit the combination on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evaluator.text.windows import split_windows
from training.data import held_out, read_rows
from training.edits import Material, edit_sentence
from training.faithfulness_data import _wrong_sentences, sentences_of
from training.passages import Document, all_names, foreign_clauses, material_for, neighbours, read_documents
from training.records import make_record
from training.rewrites import rewrite


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """An answer, its passages, whether it is unfaithful, and the ranges that make it so (None: unknown)."""

    passages: tuple[str, ...]
    answer: str
    label: int
    bad: tuple[tuple[int, int], ...] | None
    source: str
    weight: float = 1.0


def held_out_answers(data: Path, seed: int) -> list[KnownAnswer]:
    """All of them, the same for the same seed; no passage of theirs trained the network."""
    rng = random.Random(seed)
    documents = read_documents(data, seed)
    shared = Material("", all_names(documents), foreign_clauses(documents, rng), (), neighbours(documents))
    held = [item for item in documents if held_out(item.key) and len(item.spans) >= 2]
    answers = [_edited_answer(held, item, shared, rng) for item in held for _ in range(3)]
    answers += list(_summaries(data, rng))
    answers += list(_replies(data))
    answers += [_record_answer(rng) for _ in range(200)]
    answers += list(_inference(data, rng))
    return answers


def _edited_answer(held: list[Document], item: Document, shared: Material, rng: random.Random) -> KnownAnswer:
    """One to six sentences of a passage, rewritten, and in half of the answers one or two of them edited."""
    usable = [i for i in range(len(item.spans)) if 5 <= len(item.sentence(i).split()) <= 60] or [0]
    chosen = sorted(rng.sample(usable, min(len(usable), rng.randint(1, 6))))
    faulty = set(rng.sample(chosen, min(len(chosen), rng.choice([1, 1, 2])))) if rng.random() < 0.5 else set()
    windows = split_windows([item.text], max_pieces=200)
    text, bad = "", []
    for index in chosen:
        start, end = item.spans[index]
        sentence = rewrite(item.sentence(index), rng)
        window = next((w.text for w in windows if w.start <= start and end <= w.end), item.text[:1200])
        edited = edit_sentence(sentence, material_for(window, [], shared), rng) if index in faulty else None
        if edited is not None:
            bad += [(len(text) + a, len(text) + b) for a, b in edited.bad]
        text += (edited.text if edited is not None else sentence) + " "
    passages = [item.text, *(rng.choice(held).text for _ in range(rng.randint(0, 2)))]
    rng.shuffle(passages)
    return KnownAnswer(tuple(passages), text.strip(), int(bool(bad)), tuple(bad), "edited")


def _summaries(data: Path, rng: random.Random) -> Iterator[KnownAnswer]:
    rows = read_rows(data / "faithfulness/summedits.test.dev.jsonl.gz")
    rows = [row for row in rows if held_out(f"summedits:{row.context[:120]}")]
    true = {sentence for row in rows if row.label == 0 for sentence in sentences_of(row.text)}
    rng.shuffle(rows)
    for row in rows[:300]:
        bad: tuple[tuple[int, int], ...] | None = () if row.label == 0 else None
        wrong = list(_wrong_sentences([row], true))
        if wrong:
            start = row.text.index(wrong[0][0])
            bad = ((start, start + len(wrong[0][0])),)
        yield KnownAnswer((row.context,), row.text, int(row.label), bad, "summedits", 1.5)


def _replies(data: Path) -> Iterator[KnownAnswer]:
    for row in read_rows(data / "faithfulness/begin_wow.test.dev.jsonl.gz"):
        if held_out(f"begin:{row.context}") and row.text.strip():
            yield KnownAnswer((row.context,), row.text, int(row.label), () if row.label == 0 else None, "begin", 1.5)


def _record_answer(rng: random.Random) -> KnownAnswer:
    passage, statements = make_record(rng)
    true = [s for s in statements if s.label == 0]
    false = [s for s in statements if s.label != 0]
    chosen = rng.sample(true, min(len(true), rng.randint(1, 6)))
    if false and (rng.random() < 0.5 or not chosen):
        chosen += rng.sample(false, min(len(false), rng.choice([1, 1, 2])))
    rng.shuffle(chosen)
    text, bad = "", []
    for statement in chosen:
        bad += [(len(text) + a, len(text) + b) for a, b in statement.bad]
        text += statement.text + " "
    return KnownAnswer((passage,), text.strip(), int(bool(bad)), tuple(bad), "records")


def _inference(data: Path, rng: random.Random) -> Iterator[KnownAnswer]:
    for name, count in (("lingnli.val", 250), ("conjnli.dev", 250), ("cad_nli.dev", 150)):
        rows = read_rows(data / f"nli/{name}.jsonl.gz")
        rng.shuffle(rows)
        for row in rows[:count]:
            label = int(row.label != "entailment")
            yield KnownAnswer((row.context,), row.text, label, ((0, len(row.text)),) if label else (), "nli", 0.7)
