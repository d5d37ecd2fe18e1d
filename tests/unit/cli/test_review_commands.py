"""`faithline waves` and `faithline labels`, as a user types them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from evaluator.store.store import Store
from tests.support.commands import faithline
from tests.support.fillings import Filling
from tests.support.house import House, trace
from tests.support.reviewed import judged

OF = ("--criterion", "shouts", "--rule", "shouting")
LONG = ("--from", "2026-11-01", "--to", "2026-11-30")


@pytest.fixture
def filling() -> Filling:
    return Filling(__name__, lambda store: judged(House(store), 20, prompt_version="v1"))


@pytest.fixture
def house(own_house: None, sqlite_url: str, told_of: dict[str, Any]) -> Iterator[House]:
    store = Store(sqlite_url)
    yield told_of[sqlite_url].over(store)
    store.close()


def drawn(house: House) -> str:
    del house
    done = faithline("waves", "draw", *OF, *LONG, "--size", 1000, "--second-share", 0)
    assert done.exit_code == 0, done.stderr
    return next(line.split()[1] for line in done.stdout.splitlines() if line.strip().startswith("wave"))


def test_a_wave_is_planned_drawn_shown_and_closed(house: House) -> None:
    planned = faithline("waves", "draw", *OF, *LONG, "--size", 8, "--dry-run", "--where", "prompt_version=v1")
    assert planned.exit_code == 0, planned.stderr
    assert "none: this was a dry run" in planned.stdout
    assert "20 samples that could be drawn" in planned.stdout
    assert "points (95 %)" in planned.stdout
    assert "no waves yet" in faithline("waves", "list").stderr
    wave = drawn(house)
    assert wave in faithline("waves", "list").stdout
    shown = yaml.safe_load(faithline("waves", "show", wave).stdout)
    assert (shown["id"], shown["frame"], shown["design"]["kind"]) == (wave, 20, "active")
    more = faithline("waves", "draw", *OF, "--size", 4, "--top-up", wave)
    assert more.exit_code == 0, more.stderr
    begun = faithline("waves", "stand", *OF, "--per-day", 20)
    assert "until it is closed UTC" in begun.stdout
    assert "1,000 samples a day are assumed" in begun.stdout
    closed = faithline("waves", "close", wave)
    assert f"{wave} is closed" in closed.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("draw", *OF, "--size", "0"), "size: Input should be greater than or equal to 1. Send 1 or"),
        (("draw", "--criterion", "other", "--rule", "shouting", "--size", "3"), "judges 'shouts'. Give `criterion"),
        (("draw", "--criterion", "shouts", "--rule", "none", "--size", "3"), "active rule 'none' not found"),
        (("draw", *OF, "--size", "3", "--from", "soon"), "--from: 'soon' is not an ISO 8601 time"),
        (("draw", *OF, "--size", "3", "--where", "v1"), "--where: 'v1' is no FIELD=VALUE"),
        (("draw", *OF, "--size", "3", "--where", "modle=x"), "did you mean model?"),
        (("draw", *OF, "--size", "3", "--design", "stratified"), "design: by: a stratified design needs one of"),
        (("draw", *OF, "--size", "3", "--top-up", "wave-x"), "wave 'wave-x' not found"),
        (("stand", *OF, "--per-day", "-1"), "per_day: Input should be greater than 0. Send more than 0"),
        (("show", "wave-x"), "wave 'wave-x' not found"),
        (("close", "wave-x"), "wave 'wave-x' not found"),
        (("list", "--project", "nowhere"), "project 'nowhere' not found"),
    ],
)
def test_bad_input_is_told_in_a_sentence(house: House, arguments: tuple[str, ...], says: str) -> None:
    refused = faithline("waves", *arguments)
    assert refused.exit_code == 2
    assert says in refused.stderr
    assert "Traceback" not in refused.stderr


def test_labels_go_out_and_come_back(house: House, tmp_path: Path) -> None:
    wave = drawn(house)
    out = faithline("labels", "export", "--wave", wave, "--open")
    found = [json.loads(line) for line in out.stdout.splitlines()]
    assert len(found) > 2
    found[0]["level"] = "loud"
    found[1] |= {"level": "loud", "inclusion": 0.25}
    path = tmp_path / "done.jsonl"
    path.write_text("\n".join([*map(json.dumps, found), "{broken", '"text"']))
    done = faithline("labels", "import", path, "--annotator", "team")
    assert done.exit_code == 1
    assert f"1 labels taken in, 0 were there already, {len(found) - 2} rows say nothing yet, 3 refused" in done.stderr
    assert "line 2: inclusion: is '0.25', and the task was drawn with '1.0'" in done.stderr
    assert f"line {len(found) + 1}: the line is not JSON" in done.stderr
    again = faithline("labels", "import", path, "--annotator", "team")
    assert "0 labels taken in, 1 were there already" in again.stderr
    every = [json.loads(line) for line in faithline("labels", "export").stdout.splitlines()]
    assert sum("level" in row for row in every) == 1
    assert faithline("labels", "import", tmp_path / "none.jsonl", "--annotator", "a").exit_code == 2
    assert "annotator: must be" in faithline("labels", "import", path, "--annotator", " ").stderr
    assert "wave 'x' not found" in faithline("labels", "export", "--wave", "x").stderr


def test_no_control_character_reaches_the_terminal(house: House, tmp_path: Path) -> None:
    house.feed(trace(50, "an \x1b[31manswer"))
    house.clock.turn(31)
    house.run()
    faithline("waves", "draw", *OF, *LONG, "--size", 1000)
    assert "\x1b" not in faithline("labels", "export").stdout
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps({"trace_id": "t\x1b[31m", "criterion": "shouts\x1b[31m", "level": "calm"}))
    assert "\x1b" not in faithline("labels", "import", path, "--annotator", "a").stderr


def test_an_answer_of_a_trace_is_put_into_a_golden_set(house: House) -> None:
    del house
    done = faithline("golden", "add", "faq", "--trace", "t1")
    assert done.exit_code == 0, done.stderr
    assert "1 items" in done.stderr
    assert faithline("golden", "add", "faq", "--trace", "t2", "--answer", "as it should be").exit_code == 0
    shown = [json.loads(line) for line in faithline("golden", "show", "faq").stdout.splitlines()]
    assert [(item["id"], item["prompt"]) for item in shown] == [("t1", "question 1?"), ("t2", "question 2?")]
    assert shown[1]["responses"] == ["as it should be"]
    for wrong, says in ((("faq", "--trace", "none"), "not found"), (("No name", "--trace", "t1"), "name")):
        refused = faithline("golden", "add", *wrong)
        assert refused.exit_code == 2
        assert says in refused.stderr
