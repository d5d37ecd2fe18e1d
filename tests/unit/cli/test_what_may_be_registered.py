"""The command line refuses what the API refuses, with the same words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from evaluator.core.access import Scope
from evaluator.store import migrate
from evaluator.store.store import Store
from tests.support.commands import faithline
from tests.support.doors import OURS, open_doors

NAMES = (
    "../../evil", "a\x1b[31mred\nforged 2026-01-01 local key.revoke", "A", "", "x" * 65, "a/b", ".hidden", "a\u202eb",
    "name\n", "a\x00b",
)  # fmt: skip
ITEM = {"id": "same", "prompt": "p", "responses": ["r"]}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FAITHLINE_DATABASE_URL", f"sqlite:///{tmp_path / 'house.db'}")
    return tmp_path


def told(result: Any) -> str:
    return " ".join(result.stderr.split())


def items(path: Path, *found: Any) -> str:
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in found))
    return str(path)


@pytest.mark.parametrize("name", NAMES)
def test_names(home: Path, name: str) -> None:
    file = items(home / "items.jsonl", ITEM)
    for command in (("golden", "push", "--", name, file), ("projects", "create", "--", name)):
        result = faithline(*command)
        assert result.exit_code == 2, command
        assert "is no name for" in told(result) or "small letters" in told(result)
        assert "\x1b" not in result.output
    (home / "rule.yaml").write_text(yaml.safe_dump({"name": name, "evaluator": "pii"}))
    assert faithline("rules", "push", str(home / "rule.yaml")).exit_code == 2
    assert not any(
        word in faithline("audit").output for word in ("evil", "forged", "golden_set.push", "project.create")
    )


BAD_ITEMS: dict[str, tuple[Any, ...]] = {
    "comes twice": (ITEM, ITEM | {"prompt": "another"}),
    "NUL": (ITEM | {"prompt": "a\x00b"},),
    "items: are 0": (),
    "is not JSON": ("[" * 100_000,),
    "items.jsonl line 1": ({"id": "", "prompt": "p", "responses": ["r"]},),
    "responses": (ITEM | {"responses": []},),
}


@pytest.mark.parametrize("problem", BAD_ITEMS)
def test_items(home: Path, problem: str) -> None:
    result = faithline("golden", "push", "fine", items(home / "items.jsonl", *BAD_ITEMS[problem]))
    assert result.exit_code == 2
    assert problem in told(result)
    assert "fine" not in faithline("golden", "list").output.partition("Shipped")[0]


@pytest.mark.parametrize(
    "card", ["title: [1]", 'title: "a\\e[31m"', "a: &a 1", "- x", "title: " + "x" * 300, "title: 'a"]
)
def test_cards(home: Path, card: str) -> None:
    folder = home / "set"
    folder.mkdir()
    items(folder / "items.jsonl", ITEM)
    (folder / "set.yaml").write_text(card)
    assert faithline("golden", "push", "fine", str(folder)).exit_code == 2


@pytest.mark.parametrize(
    "document",
    ["a: &a [1]\nb: *a", "name: x\nevaluator: pii\nparameters: {1: 2}", 'name: x\nevaluator: pii\nsalt: "a\\0b"',
     "name: x\nevaluator: pii\nrate: .nan", "name: x\nevaluator: pii\nfilter: [{field: model, value: !!binary aGk=}]",
     "name: x\nevaluator: pii\nfilter: [{field: model, op: in, value: !!set {a, b}}]", "[" * 1000, "- - - x", "7"],
)  # fmt: skip
def test_rules(home: Path, document: str) -> None:
    (home / "rule.yaml").write_text(document)
    result = faithline("rules", "push", str(home / "rule.yaml"))
    assert result.exit_code == 2, result.output
    assert "Error:" in told(result)


def test_both_doors_say_the_same(home: Path) -> None:
    migrate.upgrade(f"sqlite:///{home / 'house.db'}")
    store = Store(f"sqlite:///{home / 'house.db'}")
    doors = open_doors(store)
    with doors.client() as client:
        for body in ({"name": "fine", "items": [ITEM, ITEM]}, {"name": "fine", "title": "a\x1b", "items": [ITEM]}):
            answer = client.post("/api/v1/golden-sets", json=body, headers=doors.bearer(OURS, Scope.ADMIN))
            assert answer.status_code == 422
            folder = home / "set"
            folder.mkdir(exist_ok=True)
            items(folder / "items.jsonl", *body["items"])
            (folder / "set.yaml").write_text(json.dumps({"title": body.get("title", "")}))
            result = faithline("golden", "push", "fine", str(folder))
            error = answer.json()["error"]
            assert f"{error['field']}: {error['problem']}" in told(result)
    store.close()


def test_a_terminal_is_sent_no_commands(home: Path) -> None:
    key = faithline("keys", "create", "--name", "a\x1b[2Jb", "--scope", "read")
    assert key.exit_code == 2
    assert "\x1b" not in key.output
    for odd in ("none\x1b[31m", "\u202eevil"):
        shown = faithline("rules", "show", odd)
        assert shown.exit_code == 2
        assert "\x1b" not in shown.output
        assert "\u202e" not in shown.output
