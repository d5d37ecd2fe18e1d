"""A house for tests of labelling: two weeks of traffic, waves over it, and somebody at its pages."""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.testclient import TestClient

from evaluator.bootstrap import Services
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.review.wave import WaveRequest
from evaluator.pipeline.review.draw import Drawn, draw_wave
from evaluator.store.tables.review.labels import LabelRow
from evaluator.store.tables.review.tasks import TaskRow
from tests.support import seed
from tests.support.house import House
from tests.support.reviewed import rows

SINCE = "2026-03-01T00:00:00Z"


def ask(services: Services, **fields: Any) -> Drawn:
    """A wave over everything that `seed` has sent, by default of 30 samples and without second opinions."""
    asked = {"criterion": "unfaithful", "rule": "hallucination", "size": 30, "from": SINCE, "second_share": 0}
    drawn = draw_wave(
        services.store, DEFAULT_PROJECT, WaveRequest.model_validate(asked | fields), services.clock
    )  # fmt: skip
    seed.settle(services)
    return drawn


def labels(services: Services, **where: Any) -> list[dict[str, Any]]:
    """What was said, revisions and all."""
    return rows(House(services.store), LabelRow, **where)


def task_of(services: Services, task: str) -> dict[str, Any]:
    (found,) = rows(House(services.store), TaskRow, id=task)
    return found


class Reviewer:
    """Somebody who labels without scripts: sends the form of the page that they look at."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.page = ""

    def look(self, address: str = "/review") -> str:
        self.page = self.client.get(address).text
        return self.page

    @property
    def task(self) -> str | None:
        found = re.search(r'action="/review/(task-[0-9a-f]+)" method="post" data-lease', self.page)
        return found and found[1]

    def fields(self) -> dict[str, str]:
        form = self.page[self.page.index('id="desk"') :]
        found: dict[str, str] = {}
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form):
            found.setdefault(name, value.replace("&#34;", '"'))
        return found

    def send(self, task: str | None = None, **fields: Any) -> str:
        """Answer the task of the page, or another, and look at what follows."""
        spans = {"spans": json.dumps(fields.pop("spans"))} if "spans" in fields else {}
        answer = self.client.post(f"/review/{task or self.task}", data=self.fields() | spans | fields)
        assert answer.status_code == 200, answer.text
        self.page = answer.text
        return self.page
