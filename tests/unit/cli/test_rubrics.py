"""`faithline rubrics`: what the API does, and documents that can be changed and pushed again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluator import shipped
from evaluator.store.store import Store
from tests.support.commands import faithline
from tests.support.house import NOW, PROJECT
from tests.support.rubrics import POLITE, example, politeness

pytestmark = pytest.mark.usefixtures("own_house")


def write(path: Path, *found: dict[str, Any]) -> Path:
    path.write_text(json.dumps(found[0] if len(found) == 1 else found))
    return path


def told(result: Any) -> str:
    return " ".join(result.stderr.split())


def stored() -> list[str]:
    """The names of the project's own rubrics, as they are listed."""
    listed = faithline("rubrics", "list", "--all").stdout.splitlines()
    return [line.split()[1] for line in listed if "│ project" in line]


def test_every_shipped_rubric_is_listed_and_can_be_pushed() -> None:
    listed = faithline("rubrics", "list").stdout
    assert all(rubric.version in listed for rubric in shipped.rubrics().values())
    pushed = faithline("rubrics", "push", *shipped.rubrics()).stderr.splitlines()
    assert [line.split(":")[0] for line in pushed] == [f"{n} {r.version}" for n, r in shipped.rubrics().items()]
    again = faithline("rubrics", "list").stdout
    assert again.count("shipped") == len(shipped.rubrics())


@pytest.mark.parametrize("name", sorted(shipped.rubrics()))
def test_what_is_shown_can_be_pushed_and_says_the_same(tmp_path: Path, name: str) -> None:
    shown = faithline("rubrics", "show", name).stdout
    assert "null" not in shown.replace("nulls", "")
    (tmp_path / "mine.yaml").write_text(shown)
    assert shipped.rubrics()[name].version in faithline("rubrics", "push", tmp_path / "mine.yaml").stderr


def test_files_may_hold_one_or_several(tmp_path: Path) -> None:
    several = write(tmp_path / "all.yaml", politeness(), politeness(name="manners"))
    one = write(tmp_path / "one.json", politeness(name="kindness"))
    pushed = faithline("rubrics", "push", several, one, "tone")
    assert [line.split()[0] for line in pushed.stderr.splitlines()] == ["politeness", "manners", "kindness", "tone"]
    assert stored() == ["kindness", "manners", "politeness"]
    twice = faithline("rubrics", "push", several, several)
    assert "'politeness' stands there 2 times" in told(twice)
    assert "2 choices, 1 examples (project)" in pushed.stderr


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            politeness(name="manners", scale={"choices": [POLITE]}),
            "rubric.scale.choices: Tuple should have at least",
        ),
        (politeness(name="manners", criterion={"name": "txic", "bad_when": "x"}), "Did you mean toxic?"),
        (politeness(name="manners", examples=[example(label="x")]), "rubric.examples.0.label: 'x' is no choice"),
        (politeness(name="manners", api_key="sk-1"), "rubric.api_key: is no field: a rubric does not say how"),
    ],
)
def test_of_several_none_is_pushed_where_one_is_wrong(tmp_path: Path, wrong: dict[str, Any], said: str) -> None:
    refused = faithline("rubrics", "push", write(tmp_path / "all.yaml", politeness(), wrong))
    assert refused.exit_code == 2
    assert said in told(refused)
    assert "sk-1" not in refused.output
    assert stored() == []


def test_versions_are_compared(tmp_path: Path) -> None:
    def push(**changes: Any) -> str:
        pushed = faithline("rubrics", "push", write(tmp_path / "mine.yaml", politeness(**changes)))
        return str(pushed.stderr.split()[1].rstrip(":"))

    first = push()
    alone = faithline("rubrics", "diff", "politeness")
    assert alone.exit_code == 2
    assert "politeness has one version only. Push another one" in told(alone)
    second, third = push(title="Manners"), push(title="Good manners", cannot_tell="It is empty.")
    newest = faithline("rubrics", "diff", "politeness").stdout.splitlines()
    assert newest == [
        f"--- politeness {second} (project)", f"+++ politeness {third} (project)",
        "title changed", "- Manners", "+ Good manners",
        "cannot_tell changed", "- What is shown does not suffice to decide.", "+ It is empty.",
    ]  # fmt: skip
    assert f"--- politeness {first}" in faithline("rubrics", "diff", "politeness", first).stdout
    assert "They say the same." in faithline("rubrics", "diff", "politeness", first, first).stdout
    assert faithline("rubrics", "diff", "politeness", "beef").exit_code == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("faithfulnes", "is neither a file nor the name of a shipped rubric. Did you mean faithfulness?"),
        ("x" * 5000, "is neither a file nor the name of a shipped rubric"),
        ("/", "is neither a file"),
    ],
)
def test_what_is_no_file(given: str, said: str) -> None:
    refused = faithline("rubrics", "push", given)
    assert refused.exit_code == 2
    assert said in told(refused)


@pytest.mark.parametrize(
    "document",
    ["a: &a 1", "[" * 1000, "7", 'name: rude\ntitle: "a\\e[31mb"', "name: rude\nscale: 1", "- - x", "examples: {}"],
)
def test_bad_documents(tmp_path: Path, document: str) -> None:
    (tmp_path / "bad.yaml").write_text(document)
    refused = faithline("rubrics", "push", tmp_path / "bad.yaml")
    assert refused.exit_code == 2
    assert "Error:" in told(refused)
    assert "\x1b" not in refused.output


def test_a_terminal_is_sent_no_commands(sqlite_url: str) -> None:
    """Also by what somebody wrote into the database without our checks."""
    store = Store(sqlite_url)
    hostile = shipped.rubrics()["tone"].model_copy(update={"title": "\x1b[31mred \u202eevil"})
    with store.write() as unit:
        unit.projects.ensure(PROJECT, NOW)
        unit.of(PROJECT).rubrics.push(hostile, NOW)
    store.close()
    for command in (("list",), ("show", "tone"), ("diff", "tone")):
        shown = faithline("rubrics", *command)
        assert shown.exit_code == 0, shown.output
        assert "\x1b" not in shown.output
        assert "\u202e" not in shown.output
