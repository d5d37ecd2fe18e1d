"""`faithline backfill` and `faithline dead-letters`, as a user types them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluator.bootstrap import Services
from evaluator.core.retry import MAX_ATTEMPTS
from evaluator.pipeline.operations.dead_letters import read_dead_letters
from evaluator.store.store import Store
from tests.support.commands import faithline
from tests.support.house import NOW, PROJECT, House, create, trace


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("FAITHLINE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(Services, "build", lambda *_: create(PROJECT, "shout", {}))
    store = Store(sqlite_url)
    yield House(store)
    store.close()


def jobs(house: House) -> int:
    with house.store.read() as unit:
        return sum(unit.of(PROJECT).jobs.counts().values())


def test_backfill_tells_first_and_does_when_told(house: House) -> None:
    house.feed(*(trace(i) for i in range(8)))
    house.run()
    house.rule(rate=0.5)
    day = f"{NOW:%Y-%m-%d}"
    told = faithline("backfill", "shouting", "--from", day, "--to", "2026-11-21")
    assert told.exit_code == 0, told.stderr
    assert "Nothing was changed" in told.stderr
    assert "8 targets" in told.stdout
    assert "none: this evaluator runs on your machines" in told.stdout
    assert jobs(house) == 0
    done = faithline("backfill", "shouting", "--from", day, "--yes")
    assert done.exit_code == 0
    assert f"8 decisions stored, {jobs(house)} jobs queued" in done.stderr
    assert "nothing to do" in faithline("backfill", "shouting", "--from", day, "--yes").stderr
    there = ("--from", "2026-11-20T17:26", "--to", "2026-11-20 17:30", "--tz", "Asia/Kolkata")
    assert "4 planned in [2026-11-20 11:56, 2026-11-20 12:00) UTC" in faithline("backfill", "shouting", *there).stdout
    assert "tz: unknown time zone" in faithline("backfill", "shouting", "--from", day, "--tz", "India/Delhi").stderr
    for wrong in (("nothing", day), ("shouting", "yesterday"), ("shouting", "2999-01-01")):
        refused = faithline("backfill", wrong[0], "--from", wrong[1], "--to", "2026-11-21")
        assert refused.exit_code == 2
        assert "Traceback" not in refused.stderr


def test_dead_letters_show_no_text_unless_asked(house: House) -> None:
    assert "no dead letters" in faithline("dead-letters", "list").stderr
    house.rule()
    house.feed(trace(1, "it went boom \x1b[31m[bold]secret[/bold]"))
    house.control()
    for _ in range(MAX_ATTEMPTS):
        house.score()
        house.clock.turn(3600)
    with house.store.read() as unit:
        (letter,) = read_dead_letters(unit, PROJECT)
    listed = faithline("dead-letters", "list").stdout
    assert "shout" in listed
    assert "RuntimeError: boom" in listed
    shown = faithline("dead-letters", "show", str(letter.id)).stdout
    assert "evaluator_error" in shown
    assert "secret" not in listed + shown
    whole = faithline("dead-letters", "show", str(letter.id), "--text").stdout
    assert "[bold]secret[/bold]" in whole
    assert "\x1b[31m" not in whole
    assert faithline("dead-letters", "show", "999").exit_code == 2
    assert faithline("dead-letters", "replay").exit_code == 2
    assert faithline("dead-letters", "replay", "999").exit_code == 2
    assert "1 will be tried again" in faithline("dead-letters", "replay", str(letter.id)).stderr
    assert "0 will be tried again" in faithline("dead-letters", "replay", "--all").stderr
