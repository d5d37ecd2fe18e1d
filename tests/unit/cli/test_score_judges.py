"""`faithline score` with a rubric: keys as of any evaluator, patience with a busy judge, and clear errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bench.servers.judge.server import judging
from evaluator.cli import score as command
from evaluator.cli.main import app
from evaluator.core.evaluator import sample_of
from evaluator.core.judge import JudgeError, JudgeReply, JudgeRequest
from evaluator.core.outcome import Reason, Score
from tests.support.judging import POLITE, judge, said

ROWS = [{"id": i, "question": "When?", "answer": f"At {i}."} for i in range(9)]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAITHLINE_DATABASE_URL", f"sqlite:///{tmp_path / 'h.db'}")
    monkeypatch.setattr(command, "PATIENCE", 1.0)


def run(tmp_path: Path, *more: str, name: str = "polite") -> Any:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    out = tmp_path / "out.jsonl"
    return CliRunner().invoke(app, ["score", str(file), "-e", f"rubric:{name}", "-o", str(out), *more])


def lines(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]


def push(tmp_path: Path) -> None:
    file = tmp_path / "polite.yaml"
    file.write_text(yaml.safe_dump(POLITE | {"scale": POLITE["scale"] | {"direction": "higher_is_better"}}))
    pushed = CliRunner().invoke(app, ["rubrics", "push", str(file)])
    assert pushed.exit_code == 0, pushed.output


def verdict(_: str, user: str) -> dict[str, str]:
    return {"reason": "So.", "verdict": "rude" if "At 3." in user else "kind"}


def test_what_comes_out_has_the_keys_of_any_evaluator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    push(tmp_path)
    with judging(verdict=verdict) as served:
        monkeypatch.setenv("FAITHLINE_JUDGE_BASE_URL", served.address)
        monkeypatch.setenv("FAITHLINE_JUDGE_MODEL", "stand-in")
        ran = run(tmp_path)
    assert ran.exit_code == 0, ran.output
    found = lines(tmp_path)
    assert [set(line) for line in found] == [{"id", "evaluator", "score", "label", "evidence", "failure"}] * 9
    assert [(line["id"], line["score"], line["label"]) for line in found] == [
        (i, 1.0 if i == 3 else 0.0, "rude" if i == 3 else "kind") for i in range(9)
    ]
    assert {line["evaluator"] for line in found} == {"rubric:polite"}


def test_a_busy_judge_is_asked_until_it_answers() -> None:
    """Only what could not be asked is asked again, and what never can be is given up."""
    turned_away: list[str] = []

    def answers(request: JudgeRequest) -> JudgeReply:
        name = request.user.partition("At ")[2].partition(".")[0]
        if name in ("2", "5", "7") and (name == "7" or name not in turned_away):
            turned_away.append(name)
            raise JudgeError(Reason.PROVIDER_ERROR, "429", retryable=True, wait=0.05)
        return said("kind")

    evaluator, script = judge(answers)
    found = command._patiently(evaluator, [sample_of("When?", f"At {i}.") for i in range(9)])
    assert [isinstance(outcome, Score) for outcome in found] == [i != 7 for i in range(9)]
    assert len(script.asked) == 9 + 2 + turned_away.count("7") - 1


SERVER = {"BASE_URL": "http://127.0.0.1:1/v1", "MODEL": "m"}
ELSEWHERE = {"BASE_URL": "https://judge.example/v1", "MODEL": "m"}


@pytest.mark.parametrize(
    ("environment", "more", "name", "told"),
    [
        ({}, (), "tone", "faithline judge local"),
        ({}, (), "ton", "Did you mean tone"),
        ({"MODEL": "m"}, (), "tone", "FAITHLINE_JUDGE_BASE_URL"),
        ({"BASE_URL": "not an address", "MODEL": "m"}, (), "tone", "base_url"),
        (ELSEWHERE, (), "tone", "FAITHLINE_JUDGE_PRICE_INPUT"),
        (SERVER, ("-p", "rubric:tone.temprature=0"), "tone", "temperature"),
        (SERVER, ("-p", "rubric:tone.provider=x"), "tone", "default"),
        (SERVER, ("-p", "rubric:tone.version=x"), "tone", "tone@x"),
    ],
)
def test_what_is_wrong_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], more: Any, name: str, told: str
) -> None:
    for key, value in environment.items():
        monkeypatch.setenv(f"FAITHLINE_JUDGE_{key}", value)
    ran = run(tmp_path, *more, name=name)
    assert ran.exit_code == 2
    assert told in ran.output
