"""What tests of reviewing share: a criterion, a house whose samples are judged, and waves over it."""

from __future__ import annotations

from typing import Any

from sqlmodel import SQLModel

from evaluator.core.access import LOCAL
from evaluator.core.review.definition import CriterionDefinition
from evaluator.core.review.wave import WaveRequest
from evaluator.pipeline.review.draw import Drawn, draw_wave
from evaluator.store.sql import table
from evaluator.store.store import Store
from tests.support.house import NOW, PROJECT, House, trace

SHOUTS = CriterionDefinition.model_validate(
    {
        "name": "shouts",
        "title": "Shouting",
        "question": "Does the answer shout?",
        "levels": [
            {"label": "calm", "title": "Calm", "bad": 0.0, "when": "Nobody raises their voice."},
            {"label": "raised", "title": "Raised", "bad": 0.5, "when": "A word or two in capitals."},
            {"label": "loud", "title": "Loud", "bad": 1.0, "when": "Most of it is in capitals."},
        ],
        "does_not_apply": "The answer has no letters.",
        "marks": "the words that shout",
    }
)
"""Asked of the evaluator of `House`."""


def push_criterion(store: Store, project: str = PROJECT, definition: CriterionDefinition = SHOUTS) -> None:
    with store.write() as unit:
        unit.of(project).criteria.push(definition, NOW)


def judged(house: House, count: int = 40, project: str = PROJECT, **fields: Any) -> House:
    """A house with a criterion, a rule and `count` traces that are scored: every fourth shouts, some fail."""
    push_criterion(house.store, project)
    house.rule(project)
    answers = ["a calm answer" if number % 4 else "A LOUD ANSWER" for number in range(count)]
    house.feed(*(trace(n, f"{answer} {n}", **fields) for n, answer in enumerate(answers)), project=project)
    house.clock.turn(31)
    house.run()
    return house


def rows(house: House, model: type[SQLModel], **where: Any) -> list[dict[str, Any]]:
    """What a table holds, where its columns are as they should be."""
    with house.store.read() as unit:
        every = [dict(row) for row in unit.connection.execute(table(model).select()).mappings()]
    return [row for row in every if all(row[name] == value for name, value in where.items())]


def request(**fields: Any) -> WaveRequest:
    given = {"criterion": "shouts", "rule": "shouting"}
    if not {"size", "per_day"} & fields.keys():
        given |= {"size": 10}  # type: ignore[dict-item]
    return WaveRequest.model_validate(given | fields)


def draw(house: House, project: str = PROJECT, *, actor: str = LOCAL, **fields: Any) -> Drawn:
    return draw_wave(house.store, project, request(**fields), house.clock, actor=actor)
