"""How a judge does, through the whole house: what it said, what it cost, and what it was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.servers.judge.server import judging
from evaluator.bootstrap import Services
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.operations.judges import report as reading
from evaluator.pipeline.operations.judges.report import JudgeReport, read_judge
from evaluator.pipeline.operations.judges.versions import JudgeVersion, judge_named, read_judges
from tests.support import seed
from tests.support.judges import ATTACK, DAYS, HOSTILE, REASONS, TONE, Opinion, open_house, work


def listed(services: Services) -> list[JudgeVersion]:
    with services.store.read() as unit:
        return list(read_judges(unit, DEFAULT_PROJECT, services.clock.now(), services.judges).judges)


def report(services: Services, **asked: Any) -> JudgeReport:
    (judge, *_) = listed(services)
    with services.store.read() as unit:
        return read_judge(
            unit, DEFAULT_PROJECT, judge.fingerprint, services.clock.now(), services.judges, **asked
        )  # fmt: skip


def test_everything_is_counted_once(judged: Services) -> None:
    found = report(judged)
    (judge,) = listed(judged)
    assert (judge.rubric, judge.model, judge.provider, judge.rules) == (
        "tone", "stand-in", "default", ("judged-tone",),
    )  # fmt: skip
    assert (judge.active, judge.waits_for, judge.waiting, judge.skipped) == (True, "", 0, 0)
    assert judge.scored + judge.failed == found.looked_at.outcomes == 91
    assert judge.scored == found.looked_at.verdicts == sum(one.count for one in found.verdicts)
    assert judge.failed == sum(one.count for one in found.failures) > 0
    assert {one.reason for one in found.failures} == {"cannot_tell"}
    assert (found.looked_at.cut_off, found.looked_at.cached) == (False, 0)
    assert found.rubric is not None
    assert found.rubric.version == judge.rubric_version == found.parameters["version"]
    assert [one.name for one in found.models] == ["stand-in"]
    assert found.agreement == ()


def test_its_money_is_told_by_verdict_and_by_day(judged: Services) -> None:
    found = report(judged)
    (budget,) = found.cost.budgets
    assert found.cost.usd == pytest.approx(sum(day.usd for day in found.cost.days), abs=1e-4)
    assert found.cost.per_verdict == pytest.approx(found.cost.usd / found.looked_at.verdicts)
    assert listed(judged)[0].usd_per_verdict == pytest.approx(found.cost.per_verdict)
    assert len(found.cost.days) == DAYS
    assert (found.cost.days[-1].limit, budget.limit) == (2.0, 2.0)
    assert budget.spent == pytest.approx(found.cost.days[-1].usd)
    assert found.replies.replies is not None
    assert found.replies.replies > 1.0  # with the second verdicts


def test_steadiness_is_measured_on_those_that_were_asked_twice(judged: Services) -> None:
    found = report(judged)
    assert 10 < found.stability.repeated < 50
    changed = report(judged, only="changed").last
    assert found.stability.changed.value == pytest.approx(len(changed) / found.stability.repeated)
    assert all(one.again not in (None, one.label) for one in changed)


def test_the_last_verdicts_come_with_their_reasons_and_texts(judged: Services) -> None:
    found = report(judged).last
    assert len(found) == 50
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    told = [one for one in found if one.failure is None and one.trace_id != HOSTILE["id"]]
    assert {one.reason for one in told} <= set(REASONS.values())
    assert all(one.answer and one.question and one.usd > 0 for one in found)
    (attack,) = report(judged, only="suspected").last
    assert attack.trace_id == HOSTILE["id"]
    assert attack.answer == ATTACK
    assert "answer: names a verdict" in attack.suspected
    failures = report(judged, only="failed").last
    assert failures
    assert {(one.failure, one.label) for one in failures} == {("cannot_tell", None)}
    assert all("tongue" in one.message for one in failures)
    assert {one.label for one in report(judged, label="off_key").last} == {"off_key"}
    assert report(judged, limit=0).last == ()


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"label": "fien"}, "label"), ({"only": "flaky"}, "only"), ({"label": "fine", "only": "failed"}, "only"),
        ({"limit": 201}, "limit"), ({"limit": -1}, "limit"),
    ],
)  # fmt: skip
def test_what_there_is_not_is_named(judged: Services, asked: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        report(judged, **asked)
    assert error.value.field == field


def test_only_so_many_outcomes_are_looked_at(judged: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "RECENT", 20)
    found = report(judged)
    assert (found.looked_at.outcomes, found.looked_at.cut_off) == (20, True)
    assert sum(one.count for one in found.verdicts) + sum(one.count for one in found.failures) == 20
    assert sum(day.usd for day in found.cost.days) > 2 * found.cost.usd  # the ledger knows of all


def test_a_judge_is_found_by_whatever_names_it(judged: Services) -> None:
    (judge,) = listed(judged)
    with judged.store.read() as unit:
        for name in (judge.fingerprint, judge.fingerprint[:8], "tone", "rubric:tone", "judged-tone"):
            assert judge_named(unit, DEFAULT_PROJECT, name) == judge.fingerprint
        for name in (judge.fingerprint[:7], "tune"):
            with pytest.raises(NotFound, match="tone"):
                judge_named(unit, DEFAULT_PROJECT, name)
        with pytest.raises(NotFound):
            read_judge(unit, DEFAULT_PROJECT, "0" * 32, judged.clock.now())
        assert read_judges(unit, "another", judged.clock.now()).judges == ()


def test_what_was_taken_over_is_no_verdict_of_its_own(tmp_path: Path) -> None:
    with judging(verdict=Opinion()) as judge, open_house(tmp_path / "h.db", judge) as services:
        services.push_rule(DEFAULT_PROJECT, TONE)
        for name in ("first", "second"):
            seed.send(services, [one | {"id": f"{name}-{one['id']}"} for one in seed.traffic(6)])
            work(services)
        found = report(services)
        assert (found.looked_at.verdicts, found.looked_at.cached, found.replies.outcomes) == (12, 6, 6)
        assert sum(one.count for one in found.verdicts) == 6
        assert found.cost.cached.value == 0.5
        assert found.cost.per_outcome == pytest.approx((found.cost.per_verdict or 0.0) / 2)
        assert sum(one.cached for one in found.last) == 6


def test_a_version_that_no_rule_asks_any_more_stands_behind_the_active_one(tmp_path: Path) -> None:
    with judging(verdict=Opinion()) as judge, open_house(tmp_path / "h.db", judge) as services:
        services.push_rule(DEFAULT_PROJECT, TONE)
        seed.send(services, seed.traffic(3))
        work(services)
        services.clock.moment = services.clock.moment.replace(hour=13)  # type: ignore[attr-defined]
        services.push_rule(DEFAULT_PROJECT, TONE | {"parameters": {"repeats": 3}})
        newer, older = listed(services)
        assert (newer.active, newer.scored, newer.last_at, newer.usd_per_verdict) == (True, 0, None, None)
        assert (older.active, older.scored + older.failed, older.rules) == (False, 3, ("judged-tone",))
        empty = report(services)
        assert (empty.looked_at.outcomes, empty.looked_at.first, empty.last) == (0, None, ())
        assert [one.share.value for one in empty.verdicts] == [None] * 4
        seed.send(services, seed.traffic(9)[3:])
        work(services)
        several = report(services)
        assert several.stability.several == several.looked_at.verdicts > 0


def test_one_that_waits_says_what_to_do(tmp_path: Path) -> None:
    with open_house(tmp_path / "h.db") as services:
        services.push_rule(DEFAULT_PROJECT, TONE)
        seed.send(services, seed.traffic(4))
        work(services)
        (judge,) = listed(services)
        assert "faithline judge local" in judge.waits_for
        assert (judge.waiting, judge.scored) == (4, 0)
