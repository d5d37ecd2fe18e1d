"""What `bench.engine` runs: for each task the same inputs through every path, and the labels to judge scores by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench.engine.plain import Plain
from evaluator.core.evaluator import sample_of
from evaluator.core.outcome import Score
from evaluator.evaluators import registry
from evaluator.evaluators.golden_similarity import LAYER
from evaluator.models.encoder.precision import PRECISIONS, Precision
from evaluator.models.files.manifest import TOXICITY
from evaluator.models.readers.bertscore import BertScore
from evaluator.models.readers.embedder import MAX_PIECES, Embedder
from evaluator.models.readers.span_reader import SUPPORTED, ReadRequest, SpanReader
from evaluator.models.readers.text_classifier import TextClassifier
from evaluator.models.runtime import Runtime
from evaluator.text.plan import PairPlan, WindowSettings, plan_pairs
from evaluator.text.sentences import Span
from training.data import read_lines
from training.measures import Bools, Floats
from training.sets import Item, faithfulness_sets, limited
from training.toxicity import held_out_comments

Run = Callable[[], Floats]
PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Task:
    """`paths` by name, each giving one score a row; `units` is how many texts or pairs a run reads."""

    name: str
    unit: str
    units: int
    labels: Bools
    paths: dict[str, Run]
    alike: bool = True
    """Whether all paths compute the same thing, so that their scores may be compared one by one."""


def engine_runtime(precision: Precision, weights: str | None, cache: int = 0) -> Runtime:
    """Without a cache unless asked: every repeat is to compute."""
    return Runtime(precision=precision, weights_path=weights, cache_bytes=cache)


def rag_items(data: Path, limit: int) -> list[Item]:
    """Answers of RAGTruth-dev that have something to read them against."""
    return [item for item in faithfulness_sets(data, Path("demo"), limit)[0].items if "".join(item.passages).strip()]


def planned(items: Sequence[Item], reader: SpanReader) -> list[PairPlan]:
    """The claims and windows of every answer, cut as the shipped model was trained."""
    window = reader.manifest.window
    known = {key: int(window[key]) for key in WindowSettings.__dataclass_fields__ if key in window}
    return [plan_pairs(item.answer, item.passages, WindowSettings(**known)) for item in items]


def pair_texts(item: Item, plan: PairPlan) -> list[tuple[str, str]]:
    """(window, claim) of every pair of the plan."""
    return [
        (plan.windows[window].text, item.answer[plan.sentences[claim].start : plan.sentences[claim].end])
        for claim, window in plan.pairs
    ]


def answer_risk(plan: PairPlan, risks: Sequence[float]) -> float:
    """The worst claim beside its best window; 0 for an answer that claims nothing."""
    best: dict[int, float] = {}
    for (claim, _), risk in zip(plan.pairs, risks, strict=True):
        best[claim] = min(risk, best.get(claim, 1.0))
    return max(best.values(), default=0.0)


def _risks(reader: SpanReader, pairs: Sequence[tuple[str, str]]) -> Floats:
    supported = reader.labels.index(SUPPORTED)
    read = reader.read([ReadRequest(window, claim, (Span(0, len(claim)),)) for window, claim in pairs])
    return np.asarray([1.0 - float(found[0].probabilities[supported]) for found in read])


def pair_task(items: Sequence[Item], weights: str | None, plain: Plain) -> Task:
    """Claims beside windows, a pair at a time, by the shipped faithfulness weights."""
    readers = {p: SpanReader(engine_runtime(p, weights)) for p in PRECISIONS}
    plans = planned(items, readers["fp32"])
    flat = [pair for item, plan in zip(items, plans, strict=True) for pair in pair_texts(item, plan)]
    by_plain = plain.pairs()

    def answers(risks: Floats) -> Floats:
        starts = np.cumsum([0, *(len(plan.pairs) for plan in plans)])
        parts = [risks[a:b] for a, b in pairwise(starts)]
        return np.asarray([answer_risk(plan, part.tolist()) for plan, part in zip(plans, parts, strict=True)])

    def run(reader: SpanReader) -> Run:
        return lambda: answers(_risks(reader, flat))

    paths: dict[str, Run] = {precision: run(reader) for precision, reader in readers.items()}
    labels = np.asarray([item.label == 1 for item in items])
    return Task("pair classification", "pairs", len(flat), labels, {**paths, PLAIN: lambda: answers(by_plain(flat))})


def answer_task(items: Sequence[Item], weights: str | None, plain: Plain) -> Task:
    """Whole answers: the shipped evaluator beside what is usual, each claim with each of its windows on its own."""
    settings_of = SpanReader(engine_runtime("fp32", weights))
    samples = [sample_of(item.question, item.answer, item.passages, target_id=item.id) for item in items]
    by_plain = plain.pairs()

    def usual() -> Floats:
        plans = planned(items, settings_of)
        pairs = [pair_texts(item, plan) for item, plan in zip(items, plans, strict=True)]
        risks = iter(by_plain([pair for own in pairs for pair in own]).tolist())
        return np.asarray([answer_risk(plan, [next(risks) for _ in plan.pairs]) for plan in plans])

    def run(precision: Precision) -> Run:
        evaluator = registry.create(
            "faithfulness", {"precision": precision}, runtime=engine_runtime(precision, weights)
        )
        evaluator.open()
        return lambda: np.asarray([o.value if isinstance(o, Score) else 0.0 for o in evaluator.score(samples)])

    paths: dict[str, Run] = {precision: run(precision) for precision in PRECISIONS}
    labels = np.asarray([item.label == 1 for item in items])
    return Task("faithfulness, whole answers", "answers", len(items), labels, {**paths, PLAIN: usual}, alike=False)


def toxicity_task(data: Path, limit: int, weights: str | None, plain: Plain) -> Task:
    """Comments of Jigsaw's held-out tenth that fit into one window: the pipeline would cut off the rest."""
    models = {p: TextClassifier(engine_runtime(p, weights), TOXICITY) for p in PRECISIONS}
    rows = [row for row in held_out_comments(data, 2 * limit) if row.text.strip()]
    room = models["fp32"].manifest.max_length - 2
    pieces = Embedder(engine_runtime("fp32", None)).pieces
    rows = [row for row in rows if 0 < pieces.count(row.text) <= room][:limit]
    texts = [row.text for row in rows]
    by_plain = plain.texts()

    def run(model: TextClassifier) -> Run:
        return lambda: np.asarray([max(part.probability for part in parts) for parts in model.predict(texts)])

    paths: dict[str, Run] = {precision: run(model) for precision, model in models.items()}
    labels = np.asarray([row.label == 1 for row in rows])
    return Task("toxicity", "texts", len(texts), labels, {**paths, PLAIN: lambda: by_plain(texts)})


def _similar_pairs(data: Path, limit: int) -> tuple[list[str], list[str], Bools]:
    """Both sides of STS-B pairs and whether people call them alike (3 or more of 5); no text is cut off."""
    items = [
        Item(str(row["id"]), "", (str(row["context"]),), row["answer"], int(float(row["label"]) >= 3.0), "")
        for row in read_lines(data / "similarity/stsb.dev.jsonl.gz")
    ]
    pieces = Embedder(engine_runtime("fp32", None)).pieces
    items = [
        i for i in limited(items, limit) if max(pieces.count(i.passages[0]), pieces.count(i.answer)) <= MAX_PIECES
    ]
    return [i.passages[0] for i in items], [i.answer for i in items], np.asarray([i.label == 1 for i in items])


def embedding_task(data: Path, limit: int, plain: Plain) -> Task:
    """Cosines of STS-B pairs."""
    first, second, labels = _similar_pairs(data, limit)
    texts = [*first, *second]

    def cosines(vectors: Floats) -> Floats:
        return np.asarray((vectors[: len(first)] * vectors[len(first) :]).sum(axis=1), dtype=np.float64)

    def run(precision: Precision, cache: int = 0) -> Run:
        model = Embedder(replace(engine_runtime(precision, None), cache_bytes=cache))
        return lambda: cosines(model.encode(texts).astype(np.float64))

    by_plain = plain.embeddings()
    paths: dict[str, Run] = {precision: run(precision) for precision in PRECISIONS}
    seen = {"bf16, seen before": run("bf16", 64_000_000)}
    return Task("embeddings", "texts", len(texts), labels, {**paths, **seen, PLAIN: lambda: cosines(by_plain(texts))})


def bertscore_task(data: Path, limit: int, plain: Plain) -> Task:
    """BERTScore F1 of STS-B pairs."""
    references, candidates, labels = _similar_pairs(data, limit)

    def run(precision: Precision, cache: int = 0) -> Run:
        model = BertScore(engine_runtime(precision, None, cache), LAYER)
        return lambda: np.asarray(model.f1(candidates, references))

    warm, anew = plain.bertscore(LAYER, warm=True), plain.bertscore(LAYER, warm=False)
    paths: dict[str, Run] = {precision: run(precision) for precision in PRECISIONS}
    paths["bf16, references seen"] = run("bf16", 256_000_000)
    paths[PLAIN] = lambda: warm(candidates, references)
    paths["plain, bert_score.score"] = lambda: anew(candidates, references)
    return Task("BERTScore", "pairs", len(candidates), labels, paths)
