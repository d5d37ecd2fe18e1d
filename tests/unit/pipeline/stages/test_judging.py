"""Rules that judge by a rubric, through the whole house: waiting for a judge, paying once, failing with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bench.servers.judge.behaviour import Behaviour
from bench.servers.judge.server import judging
from evaluator.bootstrap import Services
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.evaluators.rubric.evaluator import RubricEvaluator
from evaluator.pipeline.operations.status import RuleStatus, read_status
from evaluator.store.tables.work.jobs import JobRow
from evaluator.store.tables.work.outcomes import OutcomeRow
from tests.support import seed
from tests.support.house import House
from tests.support.judges import open_house as house
from tests.support.judges import work
from tests.support.reviewed import rows

RULE = {
    "name": "judged",
    "evaluator": "rubric:tone",
    "parameters": {"repeat_share": 0.0},
    "budget": {"usd_per_day": 50.0},
}


def verdict(label: str) -> Any:
    return lambda *_: {"reason": "Because.", "verdict": label}


def copies(count: int, times: int) -> list[dict[str, Any]]:
    """`count` traces, each so many times under other names."""
    return [{**trace, "id": f"{trace['id']}-{n}"} for trace in seed.traffic(count) for n in range(times)]


def told(services: Services) -> RuleStatus:
    with services.store.read() as unit:
        (rule,) = read_status(unit, DEFAULT_PROJECT, services.clock.now(), services.judges).rules
    return rule


def outcomes(services: Services) -> list[Mapping[str, Any]]:
    return rows(House(services.store), OutcomeRow)


def test_a_verdict_comes_with_its_reason_and_its_cost(tmp_path: Path) -> None:
    with judging(verdict=verdict("severe")) as judge, house(tmp_path / "h.db", judge) as services:
        services.push_rule(DEFAULT_PROJECT, RULE)
        seed.send(services, seed.traffic(12))
        work(services)
        found = outcomes(services)
        assert len(found) == 12 == len(judge.ledger.charges)
        assert {(row["kind"], row["explanation"], row["superseded"]) for row in found} == {
            ("judge", "Because.", False)
        }
        assert sum(row["cost"] for row in found) == pytest.approx(judge.ledger.usd)
        assert told(services).scored == 12


def test_the_same_content_is_not_paid_for_twice(tmp_path: Path) -> None:
    with judging(verdict=verdict("severe")) as judge, house(tmp_path / "h.db", judge) as services:
        services.push_rule(DEFAULT_PROJECT, RULE)
        seed.send(services, seed.traffic(5))
        work(services)
        assert judge.calls == 5
        again = [{**trace, "id": f"again-{trace['id']}"} for trace in seed.traffic(5)]
        seed.send(services, again)
        work(services)
        assert judge.calls == 5
        later = [row for row in outcomes(services) if row["trace_id"].startswith("again-")]
        assert [(row["cost"], row["explanation"], row["details"]["cached"]) for row in later] == [
            (0.0, "Because.", True)
        ] * 5
        services.push_rule(DEFAULT_PROJECT, RULE | {"parameters": {"repeat_share": 0.0, "explain": False}})
        seed.send(services, [{**trace, "id": f"other-{trace['id']}"} for trace in seed.traffic(5)])
        work(services)
        assert judge.calls == 10


def test_the_same_content_in_one_batch_is_asked_about_once(tmp_path: Path) -> None:
    with judging(verdict=verdict("severe")) as judge, house(tmp_path / "h.db", judge) as services:
        services.push_rule(DEFAULT_PROJECT, RULE)
        seed.send(services, copies(3, 4))
        work(services)
        found = outcomes(services)
        assert judge.calls == 3
        assert sorted(row["details"].get("cached", False) for row in found) == [False] * 3 + [True] * 9
        assert {(row["label"], row["explanation"]) for row in found} == {("severe", "Because.")}
        assert sum(row["cost"] for row in found) == pytest.approx(judge.ledger.usd)


def test_what_is_not_read_of_one_is_not_asked_of_its_copies(tmp_path: Path) -> None:
    with judging(verdict=verdict("nonsense")) as judge, house(tmp_path / "h.db", judge) as services:
        services.push_rule(DEFAULT_PROJECT, RULE)
        seed.send(services, copies(1, 4))
        work(services)
        assert judge.calls == 2  # with the second try
        assert [row["reason"] for row in outcomes(services)] == ["invalid_output"] * 4
        assert sum(row["cost"] for row in outcomes(services)) == pytest.approx(judge.ledger.usd)


def test_copies_wait_with_what_has_no_money(tmp_path: Path) -> None:
    with judging(verdict=verdict("severe")) as judge, house(tmp_path / "h.db", judge) as services:
        services.push_rule(DEFAULT_PROJECT, RULE | {"budget": {"usd_per_day": 0.06}})
        seed.send(services, copies(30, 2))
        work(services)
        asked = 0
        while judge.calls > asked:  # what calls leave of their bound is spent, too
            asked = judge.calls
            work(services, 61)
        assert 0 < asked < 30
        waiting = rows(House(services.store), JobRow)
        midnight = (services.clock.now() + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        assert min(job["available_at"] for job in waiting) >= midnight, "with that which they are copies of"
        assert {(job["attempts"], job["error"]) for job in waiting} == {(0, "")}
        for _ in range(3):
            services.clock.turn(2 * 86_400)  # type: ignore[attr-defined]
            work(services)
        found = told(services)
        assert (found.failed, found.dead) == (0, 0)
        assert found.scored > 2 * asked, "they came back with the money of the next days"
        assert judge.ledger.usd <= 4 * 0.06


def test_without_a_judge_nothing_fails_and_nothing_is_lost(tmp_path: Path) -> None:
    with house(tmp_path / "h.db") as services:
        services.push_rule(DEFAULT_PROJECT, RULE)
        seed.send(services, seed.traffic(6))
        work(services)
        for _ in range(5):
            work(services, 61)
        found = told(services)
        assert (found.unasked, found.waiting, found.failed, found.dead) == (6, 0, 0, 0)
        assert "faithline judge local" in found.waits_for
        assert outcomes(services) == []


def test_what_waited_is_judged_once_there_is_a_judge(tmp_path: Path) -> None:
    with judging(verdict=verdict("severe")) as judge, house(tmp_path / "h.db", judge) as services:
        services.push_rule(DEFAULT_PROJECT, RULE)
        address = judge.address
    with house(tmp_path / "h.db", judge_base_url=address, judge_model="stand-in", judge_price_input=1.0,
               judge_price_output=2.0) as services:  # fmt: skip
        seed.send(services, seed.traffic(40))
        for _ in range(3):
            work(services, 400)
        found = told(services)
        assert (found.failed, found.dead, found.scored) == (0, 0, 0)
        assert found.waiting == 40
        assert found.waits_for
    with judging(verdict=verdict("severe")) as judge, house(tmp_path / "h.db", judge) as services:
        services.clock.turn(3600)  # type: ignore[attr-defined]
        work(services)
        assert told(services).scored == 40
        assert told(services).waits_for == ""


def test_a_key_that_is_refused_loses_no_job(tmp_path: Path) -> None:
    with judging(Behaviour(key="right"), verdict("severe")) as judge:
        with house(tmp_path / "h.db", judge, judge_api_key="sk-wrong-0123456789") as services:
            services.push_rule(DEFAULT_PROJECT, RULE)
            seed.send(services, seed.traffic(8))
            with capture_logs() as logged:
                work(services)
            waits = next(event for event in logged if event["event"] == "judge_waits")
            assert (waits["jobs"], waits["reason"]) == (8, "provider_error"), (
                "no words of the provider: it quotes texts"
            )
            found = told(services)
            assert (found.failed, found.dead, found.waiting) == (0, 0, 8)
            assert "401" in found.waits_for
            assert "sk-wrong" not in found.waits_for
        with house(tmp_path / "h.db", judge, judge_api_key="right") as services:
            services.clock.turn(3600)  # type: ignore[attr-defined]
            work(services)
            assert told(services).scored == 8


def test_a_provider_that_is_gone_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "providers.yaml"
    with judging(verdict=verdict("severe")) as judge:
        there = f"providers: {{ours: {{base_url: {judge.address!r}, prices: {{m: {{input: 1, output: 2}}}}}}}}"
        rule = RULE | {"parameters": {"repeat_share": 0.0, "provider": "ours", "model": "m"}}
        for text in (there, "providers: {}", there.replace(", prices: {m: {input: 1, output: 2}}", "")):
            file.write_text(text, encoding="utf-8")
            with house(tmp_path / "h.db", judge, judge_providers=file) as services:
                if text == there:
                    services.push_rule(DEFAULT_PROJECT, rule)
                    seed.send(services, seed.traffic(6))
                else:
                    for _ in range(6):
                        services.clock.turn(400)  # type: ignore[attr-defined]
                        work(services)
                    found = told(services)
                    assert (found.failed, found.dead, found.scored) == (0, 0, 0)
                    assert "provider 'ours' not found" in found.waits_for or "what m costs" in found.waits_for
        assert judge.calls == 0
        file.write_text(there, encoding="utf-8")
        with house(tmp_path / "h.db", judge, judge_providers=file) as services:
            services.clock.turn(9000)  # type: ignore[attr-defined]
            work(services)
            assert (told(services).scored, told(services).waits_for) == (6, "")


def test_a_slow_judge_that_answers_one_call_at_a_time_fails_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RubricEvaluator, "patience", 2.0)
    with (
        judging(Behaviour(latency=0.3), verdict("severe")) as judge,
        house(tmp_path / "h.db", judge, judge_concurrency=1) as services,
    ):
        services.push_rule(DEFAULT_PROJECT, RULE)
        seed.send(services, seed.traffic(12))
        work(services)
        some = told(services)
        assert (some.failed, some.dead) == (0, 0)
        assert 0 < some.scored < 12
        for _ in range(6):
            work(services, 10)
        assert told(services).scored == 12 == judge.calls


def test_a_judge_that_misbehaves_loses_nothing_and_stays_within_the_budget(tmp_path: Path) -> None:
    behaviour = Behaviour(
        seed=3, error=0.1, cut=0.05, malformed=0.05, wrong_types=0.05, quoted=0.05, out_of_range=0.05, refusal=0.05,
        fenced=0.1, rate_limited=0.05, retry_after="0",
    )  # fmt: skip
    with judging(behaviour) as judge, house(tmp_path / "h.db", judge) as services:
        services.push_rule(DEFAULT_PROJECT, RULE | {"budget": {"usd_per_day": 0.2}})
        seed.send(services, seed.traffic(150))
        for _ in range(12):
            work(services, 700)
        found = told(services)
        done = outcomes(services)
        with services.store.read() as unit:
            (budget,) = read_status(unit, DEFAULT_PROJECT, services.clock.now(), services.judges).budgets
        assert len(done) + found.waiting + found.unpaid == 150
        assert judge.ledger.usd <= 0.2
        assert judge.ledger.usd <= budget.spent + budget.reserved + 1e-9
        assert len({(row["target_id"], row["content_hash"]) for row in done}) == len(done)
        failed = [row for row in done if row["reason"]]
        assert all(row["message"] for row in failed)
        assert {row["reason"] for row in failed} <= {
            "invalid_output",
            "refused",
            "cannot_tell",
            "provider_error",
            "timeout",
        }
        assert any(not row["reason"] for row in done)
