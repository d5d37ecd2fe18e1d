"""People who answer what they are asked, by what the number at the end of an answer says."""

from __future__ import annotations

from collections.abc import Callable

from evaluator.pipeline.review.serve import next_task
from evaluator.pipeline.review.verdicts import give_verdict
from tests.support.house import PROJECT, House


def answer_all(house: House, says: Callable[[int], str], annotator: str = "ada", most: int = 1000) -> int:
    """Have `annotator` answer up to `most` of what they are asked, each by the level that `says` names; returns how
    many they did."""
    for done in range(most):
        task = next_task(house.store, PROJECT, annotator, house.clock)
        if task is None:
            return done
        level = says(int(task.answer.split()[-1]))
        give_verdict(house.store, PROJECT, annotator, task.task, house.clock, level=level)
    return most
