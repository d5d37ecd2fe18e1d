"""Poison that must be ended from outside: who is ended, what is told of whom, and that everybody else is scored."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bench.chaos.evaluators import plugin
from bench.servers import wait_until
from bench.servers.compose import ROOT
from evaluator.bootstrap import limits_of, retry_of
from evaluator.core.retry import RETRY, Limits
from evaluator.local import lost, supervisor
from evaluator.local.guard import ProcessGuard
from evaluator.local.supervisor import Supervisor
from evaluator.settings import Settings
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT
from tests.support.poison import LIMITS, PLUGIN, RETRIES, check_planted, plant, queue_poison, worked_off


def test_what_settings_leave_out_is_what_core_says() -> None:
    settings = Settings()
    assert (retry_of(settings), limits_of(settings)) == (RETRY, Limits())


@contextmanager
def watched(code: str, *record: str, spare_mb: int = 0) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has `guard`, and does `code`; its sentinel tells what is lost to the command `record`.

    Its memory is bounded by so much more than it has (none: 0).
    """
    said = f"from evaluator.local import guard, lost\nimport os, time\nguard.lost = type(lost)({record[-1]!r})\n"
    said += "held = int(open('/proc/self/statm').read().split()[1]) * os.sysconf('SC_PAGE_SIZE') >> 20\n"
    said += f"guard = guard.ProcessGuard({spare_mb} and held + {spare_mb})\n{code}"
    environment = os.environ | {"PYTHONPATH": f"{record[0]}:{ROOT}"}
    process = subprocess.Popen([sys.executable, "-c", said], env=environment, stdout=subprocess.PIPE)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def recorder(tmp_path: Path) -> tuple[str, str]:
    """A module that copies what it is told into a file of its folder; (folder, name)."""
    place = tmp_path / "told"
    (tmp_path / "recorder.py").write_text(f"import sys\nopen({str(place)!r}, 'a').write(sys.stdin.read())\n")
    return str(tmp_path), "recorder"


def test_a_batch_that_ends_in_time_is_left_alone(recorder: tuple[str, str]) -> None:
    code = """
for _ in range(3):
    with guard.watch("one", 0.5):
        with guard.watch("two", 60):
            time.sleep(0.2)
guard.close()
print("well")
"""
    with watched(code, *recorder) as process:
        assert process.stdout is not None
        assert process.stdout.read() == b"well\n"
        assert process.wait() == 0
    assert not Path(recorder[0], "told").exists()


def test_who_is_late_is_told_of_and_whoever_is_beside_it_is_not_to_blame(recorder: tuple[str, str]) -> None:
    code = """
with guard.watch("late", 0.3):
    with guard.watch("beside", 60):
        time.sleep(60)
"""
    with watched(code, *recorder) as process:
        assert process.wait() == -9
    text = Path(recorder[0], "told").read_text()
    assert '"owner": "late"' in text
    assert '"cause": "time", "limit": 0.3' in text
    assert '"cause": null' in text


def test_what_leaves_too_much_behind_ends_in_peace(recorder: tuple[str, str]) -> None:
    code = """
with guard.watch("greedy", 60):
    hold = b"x" * ((held + 200) * 850_000 - held * 1_000_000)
time.sleep(60)
"""
    with watched(code, *recorder, spare_mb=200) as process:
        assert process.wait() == -15, "asked, between two batches"
    assert not Path(recorder[0], "told").exists()


def test_a_sentinel_that_is_killed_is_replaced() -> None:
    guard = ProcessGuard(0)
    with guard.watch("a", 60):
        assert guard._process is not None
        guard._process.kill()
        guard._process.wait()
    with guard.watch("b", 60):
        assert guard._process.poll() is None
    guard.close()


@pytest.mark.parametrize("cause", ["time", "memory", "death", None])
def test_what_is_lost_is_given_back_with_its_reason(store: Store, cause: str | None) -> None:
    queue_poison(store, PROJECT, ["fine"], NOW)
    with store.write() as unit:
        assert len(unit.queue.claim("score", "gone", 9, NOW, timedelta(hours=1))) == 1
    lost.record(store, RETRY, [{"owner": "gone", "seconds": 3.0, "cause": cause, "limit": 2.0}], NOW)
    with store.write() as unit:
        (job,) = unit.queue.claim("score", "next", 9, NOW + timedelta(seconds=5), timedelta(hours=1))
        debts = unit.queue.debts("score", NOW)
    told = {"time": "outlived its limit of 2 s", "memory": "outgrew 2 MiB", "death": "its process died over it"}
    assert (job.attempts, job.error) == ((2, told[cause]) if cause else (1, ""))
    assert bool(debts) == bool(cause), "who was beside it neither pays nor has used up a try"


@pytest.mark.long
def test_poison_ends_its_process_and_nobody_elses_scores(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real thing: the supervisor, its scoring process, and a plug-in that hangs in C, eats memory and exits."""
    monkeypatch.setattr(supervisor, "LAST_DELAY", 0.1)
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 0.1)
    monkeypatch.setenv("PYTHONPATH", f"{plugin(tmp_path / 'site', PLUGIN)}:{ROOT}")
    store = Store(database_url)
    plant(store)
    runs = Supervisor(Settings(database_url=database_url, batch_size=8, threads=1, **LIMITS, **RETRIES))  # type: ignore[arg-type]
    runs.start()
    try:
        wait_until(lambda: worked_off(store), 200, "not everything was worked off")
    finally:
        runs.stop()
    check_planted(store)
    store.close()
