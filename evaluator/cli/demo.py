"""`faithline demo`: the service on invented traffic, scored live."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from evaluator.bootstrap import Services
from evaluator.cli.common import opened, read_settings, stderr, tidy_errors
from evaluator.cli.process import progress_of
from evaluator.cli.serve import run_service
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.local import demo as data
from evaluator.local.control import WakeUp
from evaluator.pipeline.operations.status import read_status

LOOK = """
  Look at   [bold]http://{host}:{port}/[/bold]
  - Overview: rates with their intervals, by prompt version and model. The detector is small and this corpus hard.
  - Traces, worst first: open one. The unsupported words are marked, with the passage beside them.
  When all is scored, a wave of samples is drawn for people to judge, and most of it is answered from the corpus' own
  answer key, as the reviewer [bold]demo-truth[/bold] (simulated). Labels then correct the detector.
  Ctrl-C ends the demo and removes its database.
"""
REVIEWED = """
  {answered} of {drawn} tasks were answered as demo-truth, {left} are left for you: [bold]http://{host}:{port}/review[/bold]
  - Overview: raw, human and corrected rates side by side; the headline is the corrected one.
  - GET /api/v1/series?rule=hallucination&method=all&slice.prompt_version=v2: the same numbers as JSON.
"""


def demo() -> None:
    """Start the service on two weeks of invented traffic in a database of its own, and score it live."""
    with tidy_errors():
        settings = read_settings()
    with tempfile.TemporaryDirectory(prefix="faithline-demo-") as folder:
        database = f"sqlite:///{Path(folder) / 'demo.db'}"
        settings = settings.model_copy(update={"database_url": database, "starter_rules": False})
        wake = WakeUp()
        with opened(settings, hints=wake) as services:
            truth = data.load(services, DEFAULT_PROJECT)
            stderr.print(f"Loaded {len(truth.rows)} traces of the last two weeks; scoring starts with the newest.")
            stderr.print(LOOK.format(host=settings.host, port=settings.port), highlight=False)
            watcher = threading.Thread(target=_watch, args=(services, truth), daemon=True)
            run_service(services, wake, on_start=[watcher.start])


def _watch(services: Services, truth: data.Truth) -> None:
    """Show how scoring gets on; then have samples judged, and say what that did."""
    started = time.monotonic()
    done = _wait(services)
    stderr.print(f"All {done} outcomes are in after {time.monotonic() - started:.0f} s. The pages stay up.")
    answered, left = data.review(services, DEFAULT_PROJECT, truth)
    at = services.settings
    stderr.print(
        REVIEWED.format(answered=answered, drawn=answered + left, left=left, host=at.host, port=at.port),
        highlight=False,
    )
    _wait(services)
    stderr.print(_table(services, truth))


def _wait(services: Services) -> int:
    """Until nothing waits to be scored or recomputed; returns how many outcomes there are."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr, transient=True) as bar:
        task = bar.add_task("scored", total=None)
        while True:
            with services.store.read() as unit:
                status = read_status(unit, DEFAULT_PROJECT, services.clock.now(), services.judges)
            done, total = progress_of(status)
            bar.update(task, completed=done, total=total or None)
            if total and not status.waiting and not status.buckets_waiting:
                return done
            time.sleep(0.5)


def _table(services: Services, truth: data.Truth) -> Table:
    table = Table("prompt", "unfaithful (corrected)", "95 % interval", "labels", "in truth")
    for version, rate in sorted(data.rates(services, DEFAULT_PROJECT).items(), key=lambda pair: pair[0] or ""):
        if version is not None and rate.estimate is not None:
            interval = f"{rate.low:.1%} – {rate.high:.1%}"
            table.add_row(version, f"{rate.estimate:.1%}", interval, str(rate.labels), f"{truth.rate(version):.1%}")
    return table
