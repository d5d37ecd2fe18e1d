"""What is judged: the demo's answers over and over, each with a number of its own, so that no two are the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from bench.judge.drivers.measure import Case
from evaluator import shipped


def cases() -> Iterator[Case]:
    """Without end; the same ones each time."""
    rows = [row for row in _rows("traces") if row["document_ids"] and row["answer"]]
    texts = {row["id"]: row["text"] for row in _rows("documents")}
    for number in count():
        row = rows[number % len(rows)]
        context = "\n\n".join(texts[one] for one in row["document_ids"])
        yield Case(f"{row['question']} (case {number})", context, row["answer"])


def _rows(name: str) -> list[dict[str, Any]]:
    lines = (shipped.demo_dir() / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]
