"""A project, a rule, an evaluator or a slice that there is not is named, and no command shows nothing instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
import typer

from evaluator.cli.main import app
from evaluator.store.store import Store
from tests.support.commands import faithline
from tests.support.house import House, trace

pytestmark = pytest.mark.usefixtures("own_house")


ARGUMENTS: dict[str, tuple[str, ...]] = {
    "explain": ("t1",),
    "score": ("FILE", "--evaluator", "rubric:tone", "--out", "-"),
    "rubrics test": ("tone",),
    "judge verdicts": ("tone",),
    "ingest": ("FILE",),
    "backfill": ("rule", "--from", "2026-11-01"),
    "rules push": ("FILE",),
    "rules show": ("rule",),
    "golden push": ("general-knowledge",),
    "golden add": ("set", "--trace", "t1"),
    "golden show": ("set",),
    "agreement": (),
    "waves draw": ("--criterion", "pii", "--rule", "rule", "--size", "5"),
    "waves stand": ("--criterion", "pii", "--rule", "rule", "--per-day", "5"),
    "waves show": ("wave",),
    "waves close": ("wave",),
    "labels import": ("FILE", "--annotator", "ada"),
    "criteria push": ("pii",),
    "criteria show": ("pii",),
    "criteria diff": ("pii",),
    "rubrics push": ("tone",),
    "rubrics show": ("tone",),
    "rubrics diff": ("tone",),
    "dead-letters show": ("1",),
    "dead-letters replay": ("--all",),
    "quarantine replay": ("--all",),
    "keys create": ("--name", "a", "--scope", "read"),
    "keys revoke": ("key",),
    "labels plan": ("rule",),
    "erase-user": ("ada", "--yes"),
}
"""What the commands that are about a project need besides."""


def about_projects(command: Any, path: tuple[str, ...] = ()) -> list[str]:
    if isinstance(command, click.Group) or hasattr(command, "commands"):
        return [c for name, below in command.commands.items() for c in about_projects(below, (*path, name))]
    return [" ".join(path)] if any("--project" in p.opts for p in command.params) else []


def test_every_command_names_a_project_that_there_is_not(tmp_path: Path) -> None:
    file = tmp_path / "some.json"
    file.write_text("{}")
    assert faithline("projects", "create", "shop").exit_code == 0
    commands = about_projects(typer.main.get_command(app))
    assert len(commands) > 15
    for command in commands:
        given = [str(file) if a == "FILE" else a for a in ARGUMENTS.get(command, ())]
        found = faithline(*command.split(), *given, "--project", "shp")
        assert found.exit_code == 2, command
        assert "project 'shp' not found. Did you mean shop? Use one of default, shop" in found.stderr, command


def test_the_default_project_is_there_before_anything_came() -> None:
    for command in (
        "rules list",
        "quarantine list",
        "dead-letters list",
        "keys list",
        "golden list",
        "criteria list",
        "rubrics list",
        "audit",
        "series",
    ):
        assert faithline(*command.split()).exit_code == 0, command


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--evaluator", "shuot"),
            "evaluator: 'shuot' is not the evaluator of a rule of this project. Did you mean shout?",
        ),
        (("--rule", "shout"), "rule: 'shout' is not a rule of this project. Did you mean shouting?"),
        (
            ("--slice", "enviroment=prod"),
            "slice.enviroment: 'enviroment' is not a dimension. Did you mean environment?",
        ),
        (("--slice", "model"), "--slice: 'model' is not NAME=VALUE"),
        (("--slice", "model=a", "--slice", "model=b"), "--slice: names model twice"),
        (("--method", "row"), "method: 'row' is not a method. Did you mean raw?"),
    ],
)
def test_series_of_what_there_is_not(sqlite_url: str, options: tuple[str, ...], said: str) -> None:
    store = Store(sqlite_url)
    house = House(store)
    house.rule()
    house.feed(trace(1))
    house.run()
    store.close()
    refused = faithline("series", *options)
    assert refused.exit_code == 2
    assert said in " ".join(refused.stderr.split())
    assert "shouting" in faithline("series", "--rule", "shouting", "--slice", "stratum=rest").stdout
