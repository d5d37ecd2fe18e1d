"""`faithline demo`: the service on invented traffic, scored live."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

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
  - Overview: raw rates with their intervals, by prompt version and model.
  - In truth prompt v2 hallucinates three times as often as v1. The bundled detector is small and this corpus hard:
    see on a trace's page how its score compares with the recorded label.
  - Traces, worst first: open one. The unsupported words are marked, with the passage beside them.
  - GET /api/v1/series?evaluator=faithfulness&slice.prompt_version=v2: the same numbers as JSON.
  Ctrl-C ends the demo and removes its database.
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
            n = data.load(services, DEFAULT_PROJECT)
            stderr.print(f"Loaded {n} traces of the last two weeks; scoring starts with the newest.")
            stderr.print(LOOK.format(host=settings.host, port=settings.port), highlight=False)
            watcher = threading.Thread(target=_show_progress, args=(services,), daemon=True)
            run_service(services, wake, on_start=[watcher.start])


def _show_progress(services: Services) -> None:
    started = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr) as bar:
        task = bar.add_task("scored", total=None)
        while True:
            with services.store.read() as unit:
                status = read_status(unit, DEFAULT_PROJECT, services.clock.now())
            done, total = progress_of(status)
            bar.update(task, completed=done, total=total or None)
            if total and not status.waiting and not status.buckets_waiting:
                break
            time.sleep(0.5)
    stderr.print(f"All {done} outcomes are in after {time.monotonic() - started:.0f} s. The pages stay up.")
