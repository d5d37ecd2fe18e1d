"""A service that asks for keys, with two projects that hold the same kinds of things under different names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from evaluator.bootstrap import Services
from evaluator.core.access import ApiKey, Scope
from evaluator.core.evaluator import GoldenItem
from evaluator.core.ports import NoHints
from evaluator.pipeline.access.keys import create_key, create_project
from evaluator.pipeline.catalog.criteria import parse_criterion, push_criterion
from evaluator.pipeline.catalog.golden_sets import push_golden
from evaluator.pipeline.catalog.rubrics import parse_rubric, push_rubric, rubric_of
from evaluator.pipeline.stages.ingest import store_parts
from evaluator.settings import Settings
from evaluator.store.store import Store
from tests.support.house import House, TurnedClock, create, trace
from tests.support.judging import judge, said
from tests.support.reviewed import SHOUTS, draw
from tests.support.rubrics import choice, politeness
from tests.support.running import application

OURS, THEIRS = "ours", "theirs"
PUBLIC = {"/healthz", "/readyz", "/metrics", "/sign-in", "/sign-out", "/favicon.ico", "/openapi.json"}
"""Paths that ask for no key."""


@dataclass
class Doors:
    """The two projects; `secrets` are the keys of each by scope."""

    store: Store
    clock: TurnedClock = field(default_factory=TurnedClock)
    secrets: dict[tuple[str, Scope], str] = field(default_factory=dict)
    keys: dict[tuple[str, Scope], ApiKey] = field(default_factory=dict)
    waves: dict[str, str] = field(default_factory=dict)
    """A wave of each project, which has drawn its only answer."""
    judges: dict[str, str] = field(default_factory=dict)
    """The fingerprint of a judge of each project (`with_judges`)."""

    def over(self, store: Store) -> Doors:
        """The same over a copy of the database."""
        return Doors(
            store, TurnedClock(self.clock.moment), dict(self.secrets), dict(self.keys), dict(self.waves),
            dict(self.judges),
        )  # fmt: skip

    def services(self, **settings: Any) -> Services:
        values: dict[str, Any] = {"require_keys": True, "max_body_mb": 1, "key_rate": 0, "session_secret": "a" * 32}
        values |= settings
        return Services(Settings(database_url=self.store.url, **values), self.store, self.clock, NoHints())

    def make(self, project: str, *scopes: Scope, expires_in: timedelta | None = None) -> tuple[ApiKey, str]:
        return create_key(self.store, project, name="a key", scopes=scopes, clock=self.clock, expires_in=expires_in)

    def bearer(self, project: str, scope: Scope) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets[project, scope]}"}

    @contextmanager
    def client(self, **settings: Any) -> Iterator[TestClient]:
        app = application(self.services(**settings))
        with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as found:
            yield found


def open_doors(store: Store) -> Doors:
    """Both projects, each with a scored trace, a rule, a golden set, a wave, two criteria (one has its name), a
    rubric in two versions, and a key for every scope."""
    doors = Doors(store)
    for project in (OURS, THEIRS):
        create_project(store, project, doors.clock)
        for scope in Scope:
            doors.keys[project, scope], doors.secrets[project, scope] = doors.make(project, scope)
        _fill(doors, project)
    return doors


def _fill(doors: Doors, project: str) -> None:
    from evaluator.ingest.native import traces as native
    from evaluator.pipeline.catalog.rules import parse_rule, push_rule

    rule = parse_rule({"name": f"{project}-rule", "evaluator": "shout"})
    push_rule(doors.store, project, rule, create, doors.clock)
    item = GoldenItem(id="1", prompt=f"{project}?", responses=("yes",))
    push_golden(doors.store, project, f"{project}-set", [item], doors.clock)
    levels = [{"label": label, "title": label, "bad": bad, "when": label} for bad, label in enumerate(("no", "yes"))]
    criterion = {"name": project, "title": f"{project}-title", "question": f"{project}-question?", "levels": levels}
    push_criterion(doors.store, project, parse_criterion(criterion), doors.clock)
    for title in (f"{project}-title", f"{project}-newer"):
        choices = [choice("no", 1, f"{project}-choice"), choice("yes", 0)]
        rubric = politeness(
            name=project, title=title, criterion={"name": project, "bad_when": ["yes"]},
            scale={"choices": choices}, examples=[],
        )  # fmt: skip
        push_rubric(doors.store, project, parse_rubric(rubric), doors.clock)
    fields = {"id": f"{project}-trace", "user": f"{project}-user", "session": f"{project}-session"}
    items = [trace(1, f"the secret of {project}", **fields)]
    parts, errors = native.parse(items, project=project, received=doors.clock.now())
    assert not errors
    store_parts(doors.store, parts, doors.clock, timedelta(0))
    house = House(doors.store, doors.clock)
    house.run()
    push_criterion(doors.store, project, SHOUTS, doors.clock)
    doors.clock.turn(1)
    doors.waves[project] = draw(house, project, rule=f"{project}-rule", size=100, second_share=0.0).id or ""


def with_judges(doors: Doors) -> Doors:
    """Both projects have had a rule that judges by a rubric of theirs, and it has retired."""
    from evaluator.pipeline.catalog.rules import parse_rule, push_rule, retire_rule

    for project in (OURS, THEIRS):
        with doors.store.read() as unit:
            made, _ = judge(said("no"), rubric_of(unit, project, project))
        rule = {"name": f"{project}-judged", "evaluator": f"rubric:{project}", "budget": {"usd_per_day": 1}}
        pushed = push_rule(doors.store, project, parse_rule(rule), lambda *_, made=made: made, doors.clock)
        doors.judges[project] = pushed.rule.fingerprint
        retire_rule(doors.store, project, pushed.rule.name, doors.clock)
    return doors


def task_of(doors: Doors, project: str) -> str:
    """The id of the task that its wave has made."""
    with doors.store.read() as unit:
        return next(t.id for t in unit.of(project).tasks.of_wave(doors.waves[project], ("open", "done"), 1))


def routes(client: TestClient) -> dict[tuple[str, str], Any]:
    """Every route of the application by (method, path), with the scope that it asks of its caller."""
    found = {}
    for context in iter_route_contexts(client.app.routes):  # type: ignore[attr-defined]
        dependant = getattr(context, "dependant", None)
        asked = [d.call for d in dependant.dependencies] if dependant else []
        scope = next((a.scope for a in asked if hasattr(a, "scope")), None)
        found |= {(m, context.path): scope for m in getattr(context, "methods", None) or () if m != "HEAD"}
    return found
