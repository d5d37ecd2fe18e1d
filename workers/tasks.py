"""The tasks: one for each stage, without arguments or results."""

from __future__ import annotations

from collections.abc import Callable

from celery import Celery

from evaluator.pipeline.schedule import SCHEDULE
from workers.hints import task_name


def register(app: Celery, run: Callable[[str], None]) -> None:
    """Give `app` a task for every stage of the schedule, which calls `run` with the stage."""
    for entry in SCHEDULE:
        app.task(name=task_name(entry.stage), queue=entry.queue)(_task(entry.stage, run))


def _task(stage: str, run: Callable[[str], None]) -> Callable[[], None]:
    def task() -> None:
        run(stage)

    return task
