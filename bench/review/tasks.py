"""Open tasks, as a wave leaves them, written straight into a database; and the plainest queue beside them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.review.definition import CriterionDefinition
from evaluator.core.review.label import Review
from evaluator.store import migrate
from evaluator.store.store import Store

CRITERION = CriterionDefinition.model_validate(
    {
        "name": "unfaithful",
        "title": "Unfaithful",
        "question": "Does the answer say anything that the passages do not?",
        "levels": [
            {"label": "supported", "title": "Supported", "bad": 0.0, "when": "It says what they say."},
            {"label": "unsupported", "title": "Unsupported", "bad": 1.0, "when": "It says something else."},
        ],
    }
)
PASSAGE = "The desk is open from nine to five, on Fridays to three. " * 12
WAVE = "wave-bench"
CHUNK = 5_000


def fill(url: str, tasks: int, seed: int = 1) -> None:
    """A migrated database with a wave of so many open tasks, and a plain table of as many."""
    migrate.upgrade(url)
    store, rng, now = Store(url), random.Random(seed), datetime.now(UTC)
    with store.write() as unit:
        unit.projects.ensure(DEFAULT_PROJECT, now)
        unit.of(DEFAULT_PROJECT).criteria.push(CRITERION, now)
    for first in range(0, tasks, CHUNK):
        rows = [_task(number, rng.random(), now) for number in range(first, min(tasks, first + CHUNK))]
        with store.write() as unit:
            unit.of(DEFAULT_PROJECT).tasks.add(rows)
    with store.write() as unit:
        unit.connection.execute(text("CREATE TABLE plain_task (id integer PRIMARY KEY, open integer, answer text)"))
        answers = [{"id": i, "answer": f"{PASSAGE} {i}"} for i in range(tasks)]
        insert = text("INSERT INTO plain_task VALUES (:id, 1, :answer)")
        for first in range(0, tasks, CHUNK):
            unit.connection.execute(insert, answers[first : first + CHUNK])
        unit.connection.execute(text("ANALYZE"))
    store.close()


def _task(number: int, place: float, now: datetime) -> dict[str, object]:
    at = now - timedelta(minutes=number % 40_000)
    content = {
        "question": f"When is the desk open, and who answers there? ({number})",
        "answer": f"From nine to five, on Fridays to three ({number}).",
        "passages": [{"text": f"{PASSAGE} {number}-{i}", "id": None} for i in range(3)],
        "system_prompt": None,
    }
    return {
        "id": f"task-{number:07d}", "wave": WAVE, "criterion": CRITERION.name,
        "criterion_version": CRITERION.version, "review": Review.FIRST.value, "target_kind": "answer",
        "target_id": f"trace-{number}", "content_hash": f"{number:032x}", "trace_id": f"trace-{number}",
        "day": at.date(), "place": place, "content": content, "series": "bench", "fingerprint": "bench",
        "inclusion": 1.0, "sampling_probability": 1.0, "probabilities": {WAVE: 0.5}, "stratum": "rest", "cluster": 0,
        "at": at, "created_at": now,
    }  # fmt: skip


def plain_next(store: Store) -> None:
    """The baseline: any open row of a plain table, without an order that means anything, a lease or a check of who
    asks."""
    with store.read() as unit:
        query = text("SELECT id, answer FROM plain_task WHERE open = 1 ORDER BY random() LIMIT 1")
        unit.connection.execute(query).one()


def stored(url: str) -> dict[str, int]:
    """How many labels stand on each task."""
    store = Store(url)
    with store.read() as unit:
        mine = unit.of(DEFAULT_PROJECT)
        tasks = [row["id"] for row in mine.tasks.page("", 1_000_000)]
        labels = mine.labels.of_tasks(tasks)
    store.close()
    return {task: len(labels.get(task, ())) for task in tasks}
