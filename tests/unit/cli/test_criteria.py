"""`faithline criteria`: what the API does, and documents that can be changed and pushed again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluator import shipped
from evaluator.store.store import Store
from tests.support.commands import faithline
from tests.support.house import NOW, PROJECT

pytestmark = pytest.mark.usefixtures("own_house")

RUDE: dict[str, Any] = {
    "name": "rude",
    "title": "Rude",
    "question": "Is it rude?",
    "levels": [
        {"label": "polite", "title": "Polite", "bad": 0, "when": "Nobody is hurt."},
        {"label": "rude", "title": "Rude", "bad": 1, "when": "Somebody is."},
    ],
}


def write(path: Path, *found: dict[str, Any]) -> Path:
    path.write_text(json.dumps(found[0] if len(found) == 1 else found))
    return path


def told(result: Any) -> str:
    return " ".join(result.stderr.split())


def test_every_shipped_criterion_is_listed_and_can_be_pushed() -> None:
    listed = faithline("criteria", "list").stdout
    for name, criterion in shipped.criteria().items():
        assert criterion.version in listed
        assert f"{name} {criterion.version}" in faithline("criteria", "push", name).stderr
    again = faithline("criteria", "list").stdout
    assert again.count("shipped") == len(shipped.criteria())


@pytest.mark.parametrize("name", sorted(shipped.criteria()))
def test_what_is_shown_can_be_pushed_and_says_the_same(tmp_path: Path, name: str) -> None:
    shown = faithline("criteria", "show", name).stdout
    (tmp_path / "mine.yaml").write_text(shown)
    assert shipped.criteria()[name].version in faithline("criteria", "push", tmp_path / "mine.yaml").stderr


def test_a_file_may_hold_one_or_several(tmp_path: Path) -> None:
    pushed = faithline("criteria", "push", write(tmp_path / "all.yaml", RUDE, RUDE | {"name": "curt"}))
    assert [line.split()[0] for line in pushed.stderr.splitlines()] == ["rude", "curt"]
    (tmp_path / "one.json").write_text(json.dumps(RUDE | {"title": "Impolite"}))
    assert faithline("criteria", "push", tmp_path / "one.json").exit_code == 0
    listed = faithline("criteria", "list").stdout
    assert "Impolite" in listed
    assert len([line for line in faithline("criteria", "list", "--all").stdout.splitlines() if "│ rude" in line]) == 2


def test_of_several_none_is_pushed_where_one_is_wrong(tmp_path: Path) -> None:
    wrong = RUDE | {"name": "curt", "levels": RUDE["levels"][:1]}
    refused = faithline("criteria", "push", write(tmp_path / "all.yaml", RUDE, wrong))
    assert refused.exit_code == 2
    assert "criterion.levels: Tuple should have at least 2 items" in told(refused)
    assert "rude" not in faithline("criteria", "list").stdout.replace("rudeness", "")


def test_versions_are_compared(tmp_path: Path) -> None:
    def push(**changes: Any) -> str:
        pushed = faithline("criteria", "push", write(tmp_path / "mine.yaml", RUDE | changes))
        return str(pushed.stderr.split()[1].rstrip(":"))

    first = push()
    alone = faithline("criteria", "diff", "rude")
    assert alone.exit_code == 2
    assert "rude has one version only. Push another one" in told(alone)
    second, third = push(question="Would it hurt?"), push(question="Would it hurt anybody?", marks="the words")
    newest = faithline("criteria", "diff", "rude").stdout.splitlines()
    assert newest == [
        f"--- rude {second} (project)", f"+++ rude {third} (project)",
        "question changed", "- Would it hurt?", "+ Would it hurt anybody?", "marks changed", "+ the words",
    ]  # fmt: skip
    assert f"--- rude {first}" in faithline("criteria", "diff", "rude", first).stdout
    assert "- Is it rude?" in faithline("criteria", "diff", "rude", first, second).stdout
    assert "They say the same." in faithline("criteria", "diff", "rude", first, first).stdout
    assert faithline("criteria", "diff", "rude", "beef").exit_code == 2


def test_ones_own_is_compared_with_what_is_shipped(tmp_path: Path) -> None:
    mine = shipped.criteria()["toxic"].model_dump(mode="json") | {"question": "Would you show it to a child?"}
    faithline("criteria", "push", write(tmp_path / "mine.yaml", mine))
    lines = faithline("criteria", "diff", "toxic").stdout.splitlines()
    assert lines[0] == f"--- toxic {shipped.criteria()['toxic'].version} (shipped)"
    assert lines[2:] == [
        "question changed", f"- {shipped.criteria()['toxic'].question}", "+ Would you show it to a child?",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("unfaithfull", "is neither a file nor the name of a shipped criterion. Did you mean unfaithful?"),
        ("x" * 5000, "is neither a file nor the name of a shipped criterion"),
        ("/", "is neither a file"),
    ],
)
def test_what_is_no_file(given: str, said: str) -> None:
    refused = faithline("criteria", "push", given)
    assert refused.exit_code == 2
    assert said in told(refused)


@pytest.mark.parametrize(
    "document",
    ["a: &a 1", "[" * 1000, "7", 'name: rude\ntitle: "a\\e[31mb"', "name: rude\nquestion: 1", "- - x", "levels: {}"],
)
def test_bad_documents(tmp_path: Path, document: str) -> None:
    (tmp_path / "bad.yaml").write_text(document)
    refused = faithline("criteria", "push", tmp_path / "bad.yaml")
    assert refused.exit_code == 2
    assert "Error:" in told(refused)
    assert "\x1b" not in refused.output


def test_a_terminal_is_sent_no_commands(sqlite_url: str) -> None:
    """Also by what somebody wrote into the database without our checks."""
    store = Store(sqlite_url)
    hostile = shipped.criteria()["toxic"].model_copy(update={"title": "\x1b[31mred \u202eevil"})
    with store.write() as unit:
        unit.projects.ensure(PROJECT, NOW)
        unit.of(PROJECT).criteria.push(hostile, NOW)
    store.close()
    for command in (("list",), ("show", "toxic"), ("diff", "toxic")):
        shown = faithline("criteria", *command)
        assert shown.exit_code == 0, shown.output
        assert "\x1b" not in shown.output
        assert "\u202e" not in shown.output
