"""Beat: wakes every stage as often as the schedule says. Several at once send no more hints than one."""

from __future__ import annotations

from typing import Any

from celery import schedules
from celery.beat import Scheduler

from evaluator.core.ports import Hints
from evaluator.pipeline.schedule import SCHEDULE
from workers.hints import task_name


def beat_schedule() -> dict[str, dict[str, Any]]:
    """The schedule as Celery wants to have it."""
    return {
        entry.stage: {
            "task": task_name(entry.stage),
            "schedule": schedules.schedule(entry.every),
            "options": {"queue": entry.queue},
        }
        for entry in SCHEDULE
    }


class HintScheduler(Scheduler):  # type: ignore[misc]
    """Keeps its schedule in memory, and sends hints as everybody does: without ever waiting for the broker."""

    producer = None
    hints: Hints
    """Set by `workers.lifecycle` before beat starts."""

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        del producer
        self.hints.wake(entry.name)
