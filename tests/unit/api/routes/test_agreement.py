"""Agreement, thresholds and label budgets over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from evaluator.core.access import Scope
from tests.support.doors import OURS, THEIRS, Doors, task_of

READ = Scope.READ


def get(client: TestClient, doors: Doors, path: str, project: str = OURS, scope: Scope = READ) -> Any:
    return client.get(path, headers=doors.bearer(project, scope))


def label(client: TestClient, doors: Doors, project: str = OURS) -> None:
    path = f"/api/v1/review/{task_of(doors, project)}/verdict"
    done = client.post(path, json={"level": "calm"}, headers=doors.bearer(project, Scope.REVIEW))
    assert done.status_code == 200, done.text


def test_agreement_has_numbers_with_intervals_or_reasons(doors: Doors, client: TestClient) -> None:
    label(client, doors)
    answer = get(client, doors, "/api/v1/agreement?criterion=shouts&by=model")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["criterion"], found["by"], found["asked"]["judged"]) == ("shouts", "model", 1)
    (version,) = found["versions"]
    assert version["rules"] == ["ours-rule"]
    own = version["agreement"]
    assert own["pairs"] == 1
    assert own["confusion"]["sensitivity"] == {
        "value": None, "low": None, "high": None, "reason": "people called none of these samples bad",
    }  # fmt: skip
    assert "one cluster" in own["confusion"]["specificity"]["reason"]
    assert [part["agreement"]["pairs"] for part in version["by"]] == [1]
    assert found["people"]["between"]["right"]["reason"] == "no sample has two answers"


def test_another_project_sees_its_own(doors: Doors, client: TestClient) -> None:
    label(client, doors)
    theirs = get(client, doors, "/api/v1/agreement?criterion=shouts", THEIRS).json()
    assert (theirs["asked"]["judged"], theirs["versions"][0]["rules"]) == (0, ["theirs-rule"])
    assert "wait for somebody" in theirs["notes"][0]
    refused = get(client, doors, "/api/v1/thresholds?rule=ours-rule", THEIRS)
    assert refused.status_code == 422
    assert refused.json()["error"]["remedy"].endswith("Use one of theirs-rule")


def test_thresholds_and_budgets(doors: Doors, client: TestClient) -> None:
    found = get(client, doors, "/api/v1/thresholds?rule=ours-rule").json()
    assert (found["labels"], found["proposal"], found["threshold"]) == (0, None, 0.5)
    label(client, doors)
    found = get(client, doors, "/api/v1/thresholds?rule=ours-rule").json()
    assert (found["labels"], found["enough"]) == (1, False)
    assert found["calibration"]["calibrator"]["kind"] == "identity"
    assert len(found["calibration"]["calibrator"]["label_set"]) == 64
    plan = get(client, doors, "/api/v1/labels/budget?rule=ours-rule").json()
    assert (plan["half_width"], plan["learned"]["labels"], plan["learned"]["scored"]) == (0.05, 1, 1)
    assert plan["plan"]["human"] == {"labels": None, "asked": None}
    seen = get(client, doors, "/api/v1/labels/budget?rule=ours-rule&change=0.1").json()
    assert (seen["half_width"], seen["change"]) == (None, 0.1)


@pytest.mark.parametrize(
    ("path", "field", "says"),
    [
        ("agreement?criterion=shoutz", "criterion", "Did you mean shouts?"),
        ("agreement?rule=our-rule", "rule", "Did you mean ours-rule?"),
        ("agreement?by=modle", "by", "Did you mean model?"),
        ("agreement?fingerprint=0", "fingerprint", "is not an evaluator version"),
        ("agreement?criterion=pii&rule=ours-rule", "rule", "judges 'shouts', not 'pii'"),
        ("agreement?from=2026-11-20&to=2026-11-19", "from", "must lie before `to`"),
        ("agreement?from=soon", "from", "datetime"),
        ("agreement?criterium=shouts", "criterium", "Did you mean criterion?"),
        ("thresholds", "rule", "required"),
        ("thresholds?rule=<script>", "rule", "is not a rule of this project"),
        ("labels/budget?rule=ours-rule&half_width=0.7", "half_width", "between 0 and 0.5"),
        ("labels/budget?rule=ours-rule&half_width=nan", "half_width", "between 0 and 0.5"),
        ("labels/budget?rule=ours-rule&half_width=wide", "half_width", "valid number"),
        ("labels/budget?rule=ours-rule&change=0", "change", "not be 0"),
        ("labels/budget?rule=ours-rule&change=inf", "change", "between -1 and 1"),
        ("labels/budget?rule=ours-rule&change=0.1&half_width=0.1", "change", "beside half_width"),
    ],
)
def test_what_is_wrong_is_named(doors: Doors, client: TestClient, path: str, field: str, says: str) -> None:
    answer = get(client, doors, f"/api/v1/{path}")
    assert answer.status_code == 422, answer.text
    error = answer.json()["error"]
    assert error["field"].endswith(field)
    assert says in answer.text
