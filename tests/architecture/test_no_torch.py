"""The API process never imports torch: `faithline serve` is started, gets a rule, and is looked at from outside."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from bench.servers.serving import serving

TORCH = re.compile(r"/torch/|/libtorch")


def _mapped(pid: int) -> str:
    """The files mapped into a process's memory: a library that was imported is among them."""
    return Path(f"/proc/{pid}/maps").read_text()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc to look into a process")
def test_serving_and_creating_a_rule_imports_no_torch(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        rule = {"name": "faithful", "evaluator": "faithfulness", "rate": 1.0}
        assert served.call("/api/v1/rules", rule)["fingerprint"]
        assert served.call("/api/v1/traces", {"question": "q", "answer": "a", "context": "c"})["accepted"] == 1
        time.sleep(1.5)  # control rounds run meanwhile
        mapped = _mapped(served.process.pid)
        assert not TORCH.search(mapped), "torch is in the API process"
        assert "sqlite" in mapped.lower(), "the look itself must be able to find a library"
        scoring = served.wait(served.scoring_pid)
        served.wait(lambda: TORCH.search(_mapped(scoring)), 90)
