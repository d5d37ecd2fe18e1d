"""`faithline judge show` and `faithline judge verdicts`, as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import faithline
from tests.support.judges import HOSTILE, SCRIPT, judged_house


@pytest.fixture
def judged(own_house: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A house that a judge has worked in, which nobody can ask any more."""
    path = tmp_path / "judged.db"
    with judged_house(path, 30):
        pass
    monkeypatch.setenv("FAITHLINE_DATABASE_URL", f"sqlite:///{path}")


def test_how_a_judge_does_is_printed(judged: None) -> None:
    listed = faithline("judge", "show")
    assert listed.exit_code == 0, listed.stderr
    for text in ("tone", "stand-in", "judged-tone", "waits for a judge", "provider 'default' not found"):
        assert text in listed.stdout, text
    done = faithline("judge", "show", "tone")
    assert done.exit_code == 0, done.stderr
    told = " ".join(done.stdout.split())
    for text in (
        "Its last 31 outcomes", "off_key", "second verdict differs", "cost of a verdict", "answer: names a verdict",
        "spent today by judged-tone",
    ):  # fmt: skip
        assert text in told, text
    found = json.loads(faithline("judge", "show", "judged-tone", "--json").stdout)
    assert (found["looked_at"]["outcomes"], found["judge"]["rubric"]) == (31, "tone")


def test_the_last_verdicts_are_printed_and_send_nothing_to_the_terminal(judged: None) -> None:
    done = faithline("judge", "verdicts", "tone", "--only", "suspected")
    assert done.exit_code == 0, done.stderr
    assert HOSTILE["id"] in done.stdout
    assert "\u202e" not in done.stdout
    found = json.loads(faithline("judge", "verdicts", "tone", "--limit", "3", "--json").stdout)
    assert len(found) == 3
    (attack,) = json.loads(faithline("judge", "verdicts", "tone", "--only", "suspected", "--json").stdout)
    assert SCRIPT in attack["answer"]
    none = faithline("judge", "verdicts", "tone", "--label", "severe")
    assert (none.exit_code, "nothing of the kind" in none.stderr) == (0, True)


def test_one_that_there_is_not_is_named(judged: None) -> None:
    done = faithline("judge", "show", "tune")
    assert done.exit_code == 2
    assert "Did you mean tone?" in done.stderr
    assert faithline("judge", "verdicts", "tone", "--label", "fien").exit_code == 2


def test_without_a_judge_it_says_how_to_have_one(own_house: None) -> None:
    done = faithline("judge", "show")
    assert done.exit_code == 0
    assert "rubric:NAME" in done.stderr
