"""What a checkpoint of the detector is worth while it is being trained: its network alone, without the combination.

``python -m training.probe --checkpoint runs/faith/checkpoint.safetensors --data ../shared/data --limit 300``

AUROC of the highest log-odds of a claim on the development part of six sets, three-way accuracy on held-out pairs of
LingNLI, and the share of held-out twins (`training.twins`) that are ranked right. Cheap enough to stop a run that
leads nowhere.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evaluator.models.readers.detector import LABELS, Detector
from evaluator.models.readers.span_reader import ReadRequest, SpanReader
from evaluator.models.runtime import Runtime
from evaluator.text.combine import SENTENCE_FEATURES, sentence_rows
from evaluator.text.plan import WindowSettings
from evaluator.text.sentences import Span
from training.data import held_out, read_rows
from training.faithfulness_data import NLI_LABELS, SUPPORTED, Example
from training.measures import auroc
from training.passages import read_documents
from training.sets import FITTED_SETS, Item, read_set
from training.ship import faithfulness_manifest, write
from training.twins import table_twins, twins

NAME = "probed"
SETS = (*FITTED_SETS, "QAGS")
_NETWORK = SENTENCE_FEATURES.index("network")


def network_scores(detector: Detector, items: Sequence[Item]) -> np.ndarray:
    """[n] the highest log-odds of any claim of each answer that its context does not support it."""
    found = []
    for start in range(0, len(items), 32):
        some = [(item.answer, item.passages) for item in items[start : start + 32]]
        for one in detector.detect(some):
            rows = sentence_rows(one.plan, one.readings)
            found.append(rows[:, _NETWORK].max() if len(rows) else 0.0)
    return np.asarray(found, dtype=np.float64)


def inference_accuracy(reader: SpanReader, data: Path, limit: int) -> float:
    """The share of LingNLI's held-out pairs whose label is the likeliest."""
    rows = [row for row in read_rows(data / "nli/lingnli.train.jsonl.gz") if held_out("nli:" + row.context, 40)]
    rows = [row for row in rows if row.label in NLI_LABELS and row.text.strip()][:limit]
    requests = [ReadRequest(row.context, row.text, (Span(0, len(row.text)),)) for row in rows]
    order = [reader.labels.index(label) for label in LABELS]
    said = [int(np.argmax(claims[0].probabilities[order])) for claims in reader.read(requests)]
    return float(np.mean([one == NLI_LABELS[str(row.label)] for one, row in zip(said, rows, strict=True)]))


def twins_ranked(reader: SpanReader, examples: Sequence[Example]) -> float:
    """The share of pairs of a right and a wrong claim about one window of which the wrong one is the riskier."""
    requests = [
        ReadRequest(e.window, claim.text, (Span(0, len(claim.text)),)) for e in examples for claim in e.claims
    ]
    place = reader.labels.index(LABELS[0])
    risks = iter([1.0 - float(claims[0].probabilities[place]) for claims in reader.read(requests)])
    right = []
    for example in examples:
        by_label: dict[bool, list[float]] = {True: [], False: []}
        for claim in example.claims:
            by_label[claim.label == SUPPORTED].append(next(risks))
        right += [wrong > true for wrong in by_label[False] for true in by_label[True]]
    return float(np.mean(right))


def probe(checkpoint: Path, data: Path, limit: int) -> dict[str, float]:
    """Every figure by its name, on at most `limit` answers of a set, and pairs."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as root:
        manifest = {"threshold": 0.5, "temperature": 1.0} | faithfulness_manifest()
        write(NAME, checkpoint, manifest, Path(root))
        runtime = Runtime(weights_path=root)
        detector = Detector(runtime, NAME, WindowSettings(**manifest["window"]))
        for name in SETS:
            items = read_set(data, name, limit, "dev").items
            labels = np.asarray([item.label == 1 for item in items])
            found[name] = auroc(labels, network_scores(detector, items))
        found["mean"] = float(np.mean(list(found.values())))
        reader, rng = SpanReader(runtime, NAME), random.Random(1)
        found["LingNLI, accuracy"] = inference_accuracy(reader, data, limit)
        held = [*twins(read_documents(data, 20), rng, held=True), *table_twins(data, rng, held=True)]
        found["twins, ranked right"] = twins_ranked(reader, rng.sample(held, min(limit, len(held))))
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--limit", type=int, default=300, help="answers of a set, and pairs, at most")
    options = parser.parse_args()
    for name, value in probe(options.checkpoint, options.data, options.limit).items():
        print(f"{name:22s} {value:.3f}")


if __name__ == "__main__":
    main()
