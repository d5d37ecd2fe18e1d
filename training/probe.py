"""What a checkpoint of the detector is worth while it is being trained: its network alone, without the combination.

``python -m training.probe --checkpoint runs/faith/checkpoint.safetensors --data ../shared/data --limit 300``

AUROC of the highest log-odds of a claim on the development part of six sets, and three-way accuracy on held-out
pairs of LingNLI. Cheap enough to stop a run that leads nowhere.
"""

from __future__ import annotations

import argparse
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
from training.measures import auroc
from training.sets import FITTED_SETS, Item, read_set
from training.ship import faithfulness_manifest, write

NAME = "probed"
SETS = (*FITTED_SETS, "QAGS")
_NETWORK = SENTENCE_FEATURES.index("network")
_NLI = {"entailment": 0, "neutral": 1, "contradiction": 2}


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
    rows = [row for row in rows if row.label in _NLI and row.text.strip()][:limit]
    requests = [ReadRequest(row.context, row.text, (Span(0, len(row.text)),)) for row in rows]
    order = [reader.labels.index(label) for label in LABELS]
    said = [int(np.argmax(claims[0].probabilities[order])) for claims in reader.read(requests)]
    return float(np.mean([one == _NLI[str(row.label)] for one, row in zip(said, rows, strict=True)]))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--limit", type=int, default=300, help="answers of a set, and pairs, at most")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        manifest = {"threshold": 0.5, "temperature": 1.0} | faithfulness_manifest()
        write(NAME, options.checkpoint, manifest, Path(root))
        runtime = Runtime(weights_path=root)
        detector = Detector(runtime, NAME, WindowSettings(**manifest["window"]))
        values = []
        for name in SETS:
            items = read_set(options.data, name, options.limit, "dev").items
            labels = np.asarray([item.label == 1 for item in items])
            values.append(auroc(labels, network_scores(detector, items)))
            print(f"{name:22s} {len(items):5d} {values[-1]:.3f}", flush=True)
        print(f"{'mean':22s}       {np.mean(values):.3f}")
        accuracy = inference_accuracy(SpanReader(runtime, NAME), options.data, options.limit)
        print(f"{'LingNLI, accuracy':22s}       {accuracy:.3f}")


if __name__ == "__main__":
    main()
