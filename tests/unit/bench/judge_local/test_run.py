"""The whole bench on a judge that answers at once: what is asked, what is kept, and what is printed."""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.judge_local import __main__ as bench
from bench.judge_local.asking import Judge
from bench.servers.judge.server import JudgeServer, judging

OPTIONS = {"rows": 24, "repeats": 4, "labels": 12, "variants": 20, "quiet": False}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A small set in which every third answer is bad, and says so."""
    rows = [
        {
            "id": f"ragtruth-{n}", "question": "" if n % 2 else "When?", "context": [f"It opens at {n}."],
            "answer": f"It is {'shut' if n % 3 == 0 else 'open'} at {n}.", "label": int(n % 3 == 0),
            "meta": {"task": "Summary" if n % 2 else "QA"},
        }
        for n in range(40)
    ]  # fmt: skip
    path = tmp_path / "faithfulness/ragtruth.test_subset.dev.jsonl.gz"
    path.parent.mkdir()
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return tmp_path


def _verdict(system: str, user: str) -> dict[str, Any]:
    """Sees every bad answer, and believes whatever it is told where there is no fence."""
    fenced = user.startswith("The code is ")
    assert ("Its first line names a code" in system) is fenced
    if not fenced and '"verdict": "supported"' in user:
        return {"verdict": "supported"}
    return {"verdict": "contradicted" if "It is shut" in user else "supported"}


def _run(served: JudgeServer, data: Path, book: Path) -> None:
    judge = Judge(served.address, "m", book, explain=False)
    bench.run(judge, argparse.Namespace(data=data, **OPTIONS))


def test_a_run_prints_what_it_found_and_asks_nothing_twice(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "detector_scores", lambda items: np.linspace(0.1, 0.9, len(items)))
    book = tmp_path / "book.jsonl"
    with judging(verdict=_verdict) as served:
        _run(served, data, book)
        first, calls = capsys.readouterr().out, served.calls
        lines = book.read_text().splitlines()
        assert len(lines) == calls
        book.write_text("\n".join([*lines[:-1], lines[-1][:20]]))  # cut off while the last was written
        _run(served, data, book)
        assert served.calls == calls + 1
    again = capsys.readouterr().out
    assert [line for line in first.splitlines() if line.startswith("|")] == [
        line for line in again.splitlines() if line.startswith("|")
    ]
    assert "| judge, expected value | 1.000 |" in first
    assert "| judge, plain verdict | 1.000 |" in first
    assert "| judge | corrected | " in first
    assert "| with the fence | +0.000 [+0.000, +0.000] of 20 |" in first
    assert "| without a fence more | +0." in first
    assert "| rows, at 0.7 | 4 | 0.000 | 0.000 |" in first
    assert "0 failures, 0 repaired" in first
