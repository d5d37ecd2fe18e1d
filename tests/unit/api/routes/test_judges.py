"""Judges over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from evaluator.core.access import Scope
from tests.support.doors import OURS, THEIRS, Doors
from tests.support.judges import HOSTILE, judged_house
from tests.support.running import application

PATH = "/api/v1/judges"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with (
        judged_house(tmp_path_factory.mktemp("judged") / "house.db", 40) as services,
        TestClient(application(services), raise_server_exceptions=False) as client,
    ):
        yield client


def test_a_judge_is_listed_and_told_with_its_numbers(judged: TestClient) -> None:
    listed = judged.get(PATH).json()
    (judge,) = listed["judges"]
    assert (judge["rubric"], judge["model"], judge["rules"], listed["left_out"]) == (
        "tone", "stand-in", ["judged-tone"], 0,
    )  # fmt: skip
    assert judge["usd_per_verdict"] > 0
    found = judged.get(f"{PATH}/{judge['fingerprint']}").json()
    assert found["judge"] == judge
    assert found["looked_at"]["outcomes"] == 41
    assert [one["label"] for one in found["verdicts"]] == ["fine", "off_key", "harmful", "severe"]
    assert set(found["verdicts"][0]["share"]) == {"value", "low", "high", "reason"}
    assert found["cost"]["per_verdict"] == pytest.approx(judge["usd_per_verdict"])
    assert found["cost"]["budgets"][0]["rule"] == "judged-tone"
    assert (found["rubric"]["name"], len(found["last"])) == ("tone", 41)
    suspected = judged.get(f"{PATH}/{judge['fingerprint']}?only=suspected&limit=5").json()["last"]
    assert [one["trace_id"] for one in suspected] == [HOSTILE["id"]]


@pytest.mark.parametrize(
    ("asked", "field", "says"),
    [
        ("label=fien", "label", "Did you mean fine?"),
        ("only=flaky", "only", "failed"),
        ("label=fine&only=failed", "only", "one of the two"),
        ("limit=1000", "limit", "200"),
        ("lable=fine", "lable", "Did you mean label?"),
    ],
)
def test_what_is_wrong_is_named(judged: TestClient, asked: str, field: str, says: str) -> None:
    fingerprint = judged.get(PATH).json()["judges"][0]["fingerprint"]
    answer = judged.get(f"{PATH}/{fingerprint}?{asked}")
    assert answer.status_code == 422
    assert answer.json()["error"]["field"].endswith(field)
    assert says in answer.text


def test_one_that_there_is_not_is_not_found(judged: TestClient) -> None:
    answer = judged.get(f"{PATH}/{'0' * 32}")
    assert answer.status_code == 404
    assert judged.get(PATH).json()["judges"][0]["fingerprint"] in answer.text


def test_projects_see_none_of_each_other(doors: Doors, client: TestClient) -> None:
    for project in (OURS, THEIRS):
        answer = client.get(PATH, headers=doors.bearer(project, Scope.READ))
        assert answer.json() == {"judges": [], "left_out": 0}
    assert client.get(PATH, headers=doors.bearer(OURS, Scope.REVIEW)).status_code == 403
