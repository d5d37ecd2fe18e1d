"""Trying a rubric: what is missing, what it costs, how steady it is, how it agrees with people; by all surfaces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient
from typer.testing import CliRunner

from bench.servers.judge.behaviour import Behaviour
from bench.servers.judge.server import judging
from evaluator.api.app import create_app
from evaluator.cli.main import app
from evaluator.cli.trial import print_trial
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.catalog.rules import parse_rule
from evaluator.pipeline.trial.run import Asked
from evaluator.store.tables.work.outcomes import OutcomeRow
from tests.support import seed
from tests.support.asked import labels
from tests.support.house import House
from tests.support.judges import labelled_by_people, work
from tests.support.judges import open_house as house
from tests.support.judging import POLITE, rubric_of
from tests.support.reviewed import rows


def verdict_of(label: str) -> Any:
    return lambda *_: {"reason": "Because it is.", "verdict": label}


def test_what_a_trial_finds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with judging(verdict=verdict_of("curt")) as judge, house(tmp_path / "h.db", judge) as services:
        seed.send(services, seed.traffic(40))
        work(services)
        found = services.try_rubric(DEFAULT_PROJECT, Asked(rubric=rubric_of(), parameters={}, size=6, rate=0.5))
        assert (found.rubric, found.version, found.model) == ("polite", rubric_of().version, "stand-in")
        assert (found.problems, found.waits_for) == ([], None)
        assert [one.label for one in found.tried] == ["curt"] * 6 == [one.again for one in found.tried]
        assert (found.steady.count, found.steady.size) == (6, 6)
        assert found.agrees.size == 0
        assert found.spent == pytest.approx(judge.ledger.usd)
        assert found.per_verdict == pytest.approx(judge.ledger.usd / 12)
        assert found.drawn_a_day > 0
        # The share of `repeat_share` is asked about twice.
        assert found.a_day == pytest.approx(1.02 * (found.per_verdict or 0) * found.drawn_a_day)
        assert rows(House(services.store), OutcomeRow) == []
        print_trial(found)
        said = capsys.readouterr().out
        assert "It says the same twice on 6 of 6 samples" in said
        assert "No sample has a label by its criterion" in said
        assert "a verdict. At " in said
        assert said.count("Because it is.") == 6


def test_a_day_costs_what_the_rule_asks(tmp_path: Path) -> None:
    """As often as it repeats, of what its cascade lets on; failures are as many as there are."""
    said: list[str] = []

    def verdict(*_: Any) -> dict[str, str]:
        said.append("x")
        return {"reason": "Hm.", "verdict": "kind" if len(said) > 8 else "cannot_tell"}

    with judging(verdict=verdict) as judge, house(tmp_path / "h.db", judge) as services:
        seed.send(services, seed.traffic(40))
        work(services)
        rule = parse_rule({
            "name": "r", "evaluator": "rubric:polite", "budget": {"usd_per_day": 5.0}, "rate": 0.5,
            "parameters": {"repeats": 5, "temperature": 0.7}, "cascade": {"evaluator": "toxicity", "rate": 0.2},
        })  # fmt: skip
        found = services.try_rubric(DEFAULT_PROJECT, Asked(rubric=rubric_of(), parameters={}, size=8, rule=rule))
        whole = services.try_rubric(DEFAULT_PROJECT, Asked(rubric=rubric_of(), parameters={}, size=8))
    assert sum(one.label is None for one in found.tried) >= 3
    assert found.drawn_a_day == pytest.approx(0.1 * whole.drawn_a_day)
    assert found.a_day == pytest.approx(found.spent / 16 * 5 * found.drawn_a_day)
    assert [call[2]["temperature"] for call in judge.requests] == [0.7] * 16 + [0.0] * 16
    assert found.fingerprint != whole.fingerprint


def test_nobody_knows_what_a_day_costs_of_a_judge_that_is_away(tmp_path: Path) -> None:
    with judging() as judge, house(tmp_path / "h.db", judge) as services:
        seed.send(services, seed.traffic(10))
        work(services)
    with house(tmp_path / "h.db", judge) as services:
        found = services.try_rubric(DEFAULT_PROJECT, Asked(rubric=rubric_of(), parameters={}, size=3))
    assert [one.waits for one in found.tried] == [True] * 3
    assert (found.a_day, found.per_verdict, found.spent) == (None, None, 0.0)


def test_another_provider_is_not_asked_for_the_model_of_the_rule(tmp_path: Path) -> None:
    rule = parse_rule({
        "name": "r", "evaluator": "rubric:polite", "budget": {"usd_per_day": 5.0},
        "parameters": {"provider": "gone", "model": "theirs", "temperature": 0.5},
    })  # fmt: skip
    with judging(verdict=verdict_of("kind")) as judge, house(tmp_path / "h.db", judge) as services:
        seed.send(services, seed.traffic(4))
        work(services)
        asked = Asked(rubric=rubric_of(), parameters={"provider": "default"}, size=1, rule=rule)
        assert services.try_rubric(DEFAULT_PROJECT, asked).model == "stand-in"
        with pytest.raises(NotFound, match="gone"):
            services.try_rubric(DEFAULT_PROJECT, replace(asked, parameters={}))
    assert {call[2]["temperature"] for call in judge.requests} == {0.5}


def test_a_judge_that_can_tell_only_sometimes_is_not_steady(tmp_path: Path) -> None:
    turns = iter(range(1000))

    def verdict(*_: Any) -> dict[str, str]:
        return {"reason": "Hm.", "verdict": "kind" if next(turns) % 2 else "cannot_tell"}

    with judging(verdict=verdict) as judge, house(tmp_path / "h.db", judge, judge_concurrency=1) as services:
        seed.send(services, seed.traffic(20))
        work(services)
        found = services.try_rubric(DEFAULT_PROJECT, Asked(rubric=rubric_of(), parameters={}, size=6))
    assert (found.steady.count, found.steady.size) == (
        sum(one.said == one.again for one in found.tried), 6
    )  # fmt: skip
    assert {one.said for one in found.tried} | {one.again for one in found.tried} == {"kind", "cannot_tell"}
    assert found.steady.count < 6


def test_it_is_held_against_people(tmp_path: Path) -> None:
    with judging(verdict=verdict_of("rude")) as judge, house(tmp_path / "h.db", judge) as services:
        seed.send(services, seed.traffic(30))
        work(services)
        labelled_by_people(services, "unsafe_tone", {"fine": 3, "severe": 2})
        assert len(labels(services)) == 5
        found = services.try_rubric(DEFAULT_PROJECT, Asked(rubric=rubric_of(), parameters={}, size=10))
        people = [one.person for one in found.tried if one.person]
        assert sorted(people) == ["fine"] * 3 + ["severe"] * 2
        assert (found.agrees.count, found.agrees.size, found.missed, found.blamed) == (2, 5, 0, 3)


def test_examples_are_not_held_against_people(tmp_path: Path) -> None:
    with judging(verdict=verdict_of("rude")) as judge, house(tmp_path / "h.db", judge) as services:
        seed.send(services, seed.traffic(10))
        work(services)
        labelled_by_people(services, "unsafe_tone", {"severe": 1})
        (label,) = labels(services)
        sample = {name: label[name] for name in ("target_kind", "target_id", "content_hash")}
        example = {"question": "?", "answer": "Go away.", "label": "rude", "explanation": "Rude.", "sample": sample}
        found = services.try_rubric(DEFAULT_PROJECT, Asked(rubric=rubric_of(examples=[example]), parameters={}))
        assert found.agrees.size == 0


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    with house(tmp_path / "h.db") as services:
        nobody = services.try_rubric(DEFAULT_PROJECT, Asked(rubric=rubric_of(), parameters={}))
        assert "faithline judge local" in (nobody.waits_for or "")
        assert any("no answers of the last seven days" in problem for problem in nobody.problems)
    with judging(verdict=verdict_of("kind")) as judge, house(tmp_path / "h.db", judge) as services:
        seed.send(services, seed.traffic(8))
        work(services)
        rubric = rubric_of(inputs=["question", "answer", "tool_calls"])
        found = services.try_rubric(DEFAULT_PROJECT, Asked(rubric=rubric, parameters={}))
        assert found.lacking["tool_calls"] == 1.0
        assert any("have no tool calls" in problem for problem in found.problems)
        assert found.tried == []


def test_it_stays_within_the_money_for_trials(tmp_path: Path) -> None:
    with (
        judging(verdict=verdict_of("kind")) as judge,
        house(tmp_path / "h.db", judge, trial_usd_per_day=0.03) as services,
    ):
        seed.send(services, seed.traffic(40))
        work(services)
        for _ in range(4):
            found = services.try_rubric(DEFAULT_PROJECT, Asked(rubric=rubric_of(), parameters={}, size=20))
        assert judge.ledger.usd <= 0.03
        assert any("FAITHLINE_TRIAL_USD_PER_DAY" in problem for problem in found.problems)


def test_a_judge_that_changes_its_mind(tmp_path: Path) -> None:
    said: list[str] = []

    def verdict(*_: Any) -> dict[str, str]:
        said.append("x")
        return {"reason": "Hm.", "verdict": "kind" if len(said) % 2 else "rude"}

    with judging(verdict=verdict) as judge, house(tmp_path / "h.db", judge) as services:
        seed.send(services, seed.traffic(80))
        work(services)
        found = services.try_rubric(DEFAULT_PROJECT, Asked(rubric=rubric_of(), parameters={}, size=20))
        assert found.steady.size == 20
        assert found.steady.count < 20


def test_by_api_and_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with judging(verdict=verdict_of("kind")) as judge, house(tmp_path / "h.db", judge) as services:
        seed.send(services, seed.traffic(12))
        work(services)
        with TestClient(create_app(services)) as client:
            sent = client.post("/api/v1/rubrics/test", json={"definition": POLITE, "size": 2})
            assert sent.status_code == 200, sent.text
            assert [one["label"] for one in sent.json()["tried"]] == ["kind", "kind"]
            for body, field in (
                ({}, "name"),
                ({"name": "tone", "definition": POLITE}, "name"),
                ({"name": "tone", "size": 0}, "size"),
                ({"name": "tone", "rate": 2}, "rate"),
                ({"name": "tone", "parameters": {"base_url": "http://127.0.0.1/"}}, "parameters.base_url"),
                ({"definition": POLITE | {"api_key": "sk-secret"}}, "rubric.api_key"),
            ):
                refused = client.post("/api/v1/rubrics/test", json=body)
                assert 400 <= refused.status_code < 500, body
                assert field in refused.text
                assert "sk-secret" not in refused.text
            assert client.post("/api/v1/rubrics/test", json={"name": "nope"}).status_code == 404
            assert client.post("/api/v1/rubrics/test", json={"name": "tone", "rule": "nope"}).status_code == 404
        file = tmp_path / "polite.yaml"
        file.write_text(yaml.safe_dump({**POLITE, "scale": {**POLITE["scale"], "direction": "higher_is_better"}}))
        settings = {"DATABASE_URL": f"sqlite:///{tmp_path / 'h.db'}", "JUDGE_BASE_URL": judge.address}
        for name, value in (settings | {"JUDGE_MODEL": "stand-in"}).items():
            monkeypatch.setenv(f"FAITHLINE_{name}", value)
        ran = CliRunner().invoke(app, ["rubrics", "test", str(file), "--samples", "2"])
        wrong = CliRunner().invoke(app, ["rubrics", "test", "polit", "--samples", "2"])
    assert wrong.exit_code == 2
    # The clock of the house stands in March; what is tried by the command line is of the last days.
    assert ran.exit_code == 1
    assert "There are no answers of the last seven days" in ran.stdout


@pytest.mark.parametrize(
    ("given", "field"), [({"size": 51}, "size"), ({"rate": 0.0}, "rate"), ({"parameters": {"x": 1}}, "x")]
)
def test_what_can_not_be_tried(tmp_path: Path, given: dict[str, Any], field: str) -> None:
    with (
        judging(Behaviour()) as judge,
        house(tmp_path / "h.db", judge) as services,
        pytest.raises(InvalidInput, match=field),
    ):
        services.try_rubric(DEFAULT_PROJECT, replace(Asked(rubric=rubric_of(), parameters={}), **given))
