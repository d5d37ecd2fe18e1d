"""Scores of the first detector that was shipped, from the commit that held it: the baseline of every later one."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.measures import Floats
from training.sets import Item

COMMIT = "fa0e4bfa9249274f1e1ebb81b4d79af96f433eda"
_SCRIPT = """
import json, sys
from evaluator.core.evaluator import sample_of
from evaluator.evaluators.faithfulness import FaithfulnessEvaluator
evaluator = FaithfulnessEvaluator()
evaluator.open()
items = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
for start in range(0, len(items), 32):
    samples = [sample_of("", answer, passages) for answer, passages in items[start : start + 32]]
    for outcome in evaluator.score(samples):
        print("score", getattr(outcome, "value", "nan"), flush=True)
"""


def first_scores(items: Sequence[Item]) -> Floats | str:
    """The first model's value of every item, NaN for a failure; or why it can not be had here."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = subprocess.run(["git", "archive", COMMIT, "evaluator"], capture_output=True, check=False)
        if found.returncode:
            return f"commit {COMMIT[:7]} is not in this clone ({found.stderr.decode(errors='replace').strip()[:80]})"
        with tarfile.open(fileobj=io.BytesIO(found.stdout)) as archive:
            archive.extractall(folder, filter="data")
        rows = folder / "items.jsonl"
        rows.write_text("".join(json.dumps([i.answer, list(i.passages)]) + "\n" for i in items), encoding="utf-8")
        script = folder / "score_items.py"
        script.write_text(_SCRIPT, encoding="utf-8")
        ran = subprocess.run(
            [sys.executable, str(script), str(rows)], capture_output=True, text=True, cwd=folder, check=False
        )
    values = [float(line.split()[1]) for line in ran.stdout.splitlines() if line.startswith("score ")]
    if len(values) != len(items):
        return f"the first model stopped after {len(values)} of {len(items)}: {ran.stderr.strip()[-200:]}"
    return np.asarray(values)
