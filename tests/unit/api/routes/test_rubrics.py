"""Rubrics over HTTP: pushed, listed, shown and compared, the project's own and those that are shipped."""

from __future__ import annotations

from typing import Any

import pytest

from evaluator import shipped
from evaluator.core.access import Scope
from tests.support.doors import OURS, THEIRS, Doors
from tests.support.rubrics import CURT, POLITE, example, politeness

RUBRICS = "/api/v1/rubrics"


def test_a_rubric_is_pushed_listed_and_shown(doors: Doors) -> None:
    admin, reader = (doors.bearer(OURS, scope) for scope in (Scope.ADMIN, Scope.READ))
    with doors.client() as client:
        assert client.post(RUBRICS, json=politeness(), headers=reader).status_code == 403
        pushed = client.post(RUBRICS, json=politeness(), headers=admin)
        assert pushed.status_code == 201
        first = pushed.json()
        assert (first["name"], first["source"], first["definition"]["target"]) == ("politeness", "project", "answer")
        doors.clock.turn(1)
        second = client.post(RUBRICS, json=politeness(title="Manners"), headers=admin).json()
        assert second["version"] != first["version"]
        shown = client.get(f"{RUBRICS}/politeness", headers=reader).json()
        assert shown == second
        assert client.get(f"{RUBRICS}/politeness?version={first['version']}", headers=reader).json() == first
        listed = client.get(RUBRICS, headers=reader).json()
        assert [r["name"] for r in listed] == sorted({*shipped.rubrics(), "politeness", OURS})
        every = client.get(f"{RUBRICS}?all_versions=true", headers=reader).json()
        assert [r["version"] for r in every if r["name"] == "politeness"] == [second["version"], first["version"]]
        events = client.get("/api/v1/audit", headers=admin).json()
        again = client.post(RUBRICS, json=first["definition"], headers=admin).json()
        assert again["version"] == first["version"], "what is shown can be pushed"
    key = doors.keys[OURS, Scope.ADMIN].id
    assert [e["actor"] for e in events if e["subject"] == "politeness"] == [key, key]


def test_what_is_shipped_can_be_taken_over(doors: Doors) -> None:
    admin, elsewhere = doors.bearer(OURS, Scope.ADMIN), doors.bearer(THEIRS, Scope.ADMIN)
    with doors.client() as client:
        found = client.get(f"{RUBRICS}/tone", headers=admin).json()
        assert (found["source"], found["created_at"]) == ("shipped", None)
        changed = found["definition"] | {"instructions": "Judge how it would sound to your mother."}
        assert client.post(RUBRICS, json=changed, headers=admin).json()["source"] == "project"
        assert client.get(f"{RUBRICS}/tone", headers=admin).json()["definition"] == changed
        assert client.get(f"{RUBRICS}/tone", headers=elsewhere).json() == found
        differs = client.get(f"{RUBRICS}/tone/diff", headers=admin).json()
    assert differs["from"] == found["version"]
    assert differs["lines"][0] == "instructions changed"
    assert "+ Judge how it would sound to your mother." in differs["lines"]


def test_versions_are_compared(doors: Doors) -> None:
    admin = doors.bearer(OURS, Scope.ADMIN)
    with doors.client() as client:

        def push(**changes: Any) -> str:
            doors.clock.turn(1)
            return str(client.post(RUBRICS, json=politeness(**changes), headers=admin).json()["version"])

        def diff(query: str = "") -> Any:
            return client.get(f"{RUBRICS}/politeness/diff{query}", headers=doors.bearer(OURS, Scope.READ))

        first = push()
        alone = diff()
        assert alone.status_code == 422
        assert alone.json()["error"]["remedy"] == "Push another one to compare it with"
        second, third = push(title="Manners"), push(title="Good manners")
        changed = ["title changed", "- Manners", "+ Good manners"]
        assert diff().json() == {"name": "politeness", "from": second, "to": third, "lines": changed}
        assert diff(f"?from={first}&to={second}").json()["lines"] == ["title changed", "- Politeness", "+ Manners"]
        assert diff(f"?from={third}&to={third}").json()["lines"] == []
        assert diff("?from=beef").status_code == 404
        assert "to" in diff("?until=x").json()["error"]["remedy"]


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"scale": {"choices": [POLITE]}}, "rubric.scale.choices", "Send 2 or more"),
        ({"scale": {"choices": [POLITE, CURT | {"label": "POLITE"}]}}, "rubric.scale.choices", "Rename one"),
        ({"scale": {"choices": [POLITE, CURT | {"value": 2}]}}, "rubric.scale.choices.1.value", "Send 1.0 or less"),
        ({"scale": {"choices": [POLITE, CURT | {"vlaue": 0}]}}, "rubric.scale.choices.1.vlaue", "value?"),
        ({"scale": {"type": "ordnal"}}, "rubric.scale.type", "Did you mean ordinal?"),
        ({"inputs": ["answer", "contxt"]}, "rubric.inputs.1", "Did you mean context?"),
        ({"instructions": None}, "rubric.instructions", "valid string"),
        ({"instructions": "Judge {answer} by the {question}."}, "rubric.instructions", "leave it out and speak of"),
        ({"instructions": "x" * 20_001}, "rubric.instructions", "Send 20000 characters at most"),
        ({"examples": [example(label="rude")]}, "rubric.examples.0.label", "Use one of polite, curt, cannot_tell"),
        ({"criterion": {"name": "rude", "bad_when": "x"}}, "rubric.criterion.name", "faithline criteria push"),
        ({"provider": "http://169.254.169.254/"}, "rubric.provider", "Use up to 64 small letters"),
        ({"model": "http://169.254.169.254/"}, "rubric.model", "name a model of a provider"),
        ({"base_url": "http://169.254.169.254/"}, "rubric.base_url", "Operators configure providers"),
        ({"headers": {"Authorization": "Bearer x"}}, "rubric.headers", "Operators configure providers"),
        ({"name": "Politeness"}, "rubric.name", "Use up to 64 small letters"),
        ({"title": "a\u202eb"}, "rubric.title", "Leave control characters"),
        ({"title": "a\x00b"}, "body.title", "Leave such characters out"),
    ],
)
def test_bad_ones_are_refused_with_the_remedy(doors: Doors, change: dict[str, Any], field: str, said: str) -> None:
    with doors.client() as client:
        answer = client.post(RUBRICS, json=politeness(**change), headers=doors.bearer(OURS, Scope.ADMIN))
        assert answer.status_code == 422, answer.text
        error = answer.json()["error"]
        assert error["field"] == field
        assert said in f"{error['problem']} {error['remedy']}"
        assert client.get(f"{RUBRICS}/politeness", headers=doors.bearer(OURS, Scope.READ)).status_code == 404


def test_what_there_is_not(doors: Doors) -> None:
    with doors.client() as client:
        for path, remedy in (("faithfulnes", "Did you mean faithfulness?"), ("tone?version=beef", "Use one of ")):
            answer = client.get(f"{RUBRICS}/{path}", headers=doors.bearer(OURS, Scope.READ))
            assert answer.status_code == 404
            assert answer.json()["error"]["remedy"].startswith(remedy)
