"""Criteria over HTTP: pushed, listed and shown, the project's own and those that are shipped."""

from __future__ import annotations

from typing import Any

import pytest

from evaluator import shipped
from evaluator.core.access import Scope
from tests.support.doors import OURS, THEIRS, Doors

CRITERIA = "/api/v1/criteria"
RUDE: dict[str, Any] = {
    "name": "rude",
    "title": "Rude",
    "question": "Is it rude?",
    "levels": [
        {"label": "polite", "title": "Polite", "bad": 0, "when": "Nobody is hurt."},
        {"label": "rude", "title": "Rude", "bad": 1, "when": "Somebody is."},
    ],
}


def test_a_criterion_is_pushed_listed_and_shown(doors: Doors) -> None:
    admin, reader = (doors.bearer(OURS, scope) for scope in (Scope.ADMIN, Scope.READ))
    with doors.client() as client:
        assert client.post(CRITERIA, json=RUDE, headers=reader).status_code == 403
        pushed = client.post(CRITERIA, json=RUDE, headers=admin)
        assert pushed.status_code == 201
        first = pushed.json()
        assert (first["name"], first["source"], first["definition"]["scale"]) == ("rude", "project", "ordinal")
        doors.clock.turn(1)
        second = client.post(CRITERIA, json=RUDE | {"title": "Impolite"}, headers=admin).json()
        assert second["version"] != first["version"]
        shown = client.get(f"{CRITERIA}/rude", headers=reader).json()
        assert shown == second
        assert client.get(f"{CRITERIA}/rude?version={first['version']}", headers=reader).json() == first
        listed = client.get(CRITERIA, headers=reader).json()
        assert [c["name"] for c in listed] == sorted({*shipped.criteria(), "rude", "shouts", OURS})
        assert {c["name"] for c in listed if c["source"] == "project"} == {"rude", "shouts", OURS}
        every = client.get(f"{CRITERIA}?all_versions=true", headers=reader).json()
        assert [c["version"] for c in every if c["name"] == "rude"] == [second["version"], first["version"]]
        events = client.get("/api/v1/audit", headers=admin).json()
    key = doors.keys[OURS, Scope.ADMIN].id
    assert [e["actor"] for e in events if e["subject"] == "rude"] == [key, key]


def test_what_is_shipped_can_be_taken_over(doors: Doors) -> None:
    admin, elsewhere = doors.bearer(OURS, Scope.ADMIN), doors.bearer(THEIRS, Scope.ADMIN)
    with doors.client() as client:
        found = client.get(f"{CRITERIA}/unfaithful", headers=admin).json()
        assert (found["source"], found["created_at"]) == ("shipped", None)
        changed = found["definition"] | {"question": "Is it made up?"}
        assert client.post(CRITERIA, json=changed, headers=admin).json()["source"] == "project"
        assert client.get(f"{CRITERIA}/unfaithful", headers=admin).json()["definition"] == changed
        assert client.get(f"{CRITERIA}/unfaithful", headers=elsewhere).json() == found


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"levels": []}, "criterion.levels", "Send 2 or more"),
        ({"levels": [*RUDE["levels"], RUDE["levels"][1]]}, "criterion.levels", "'rude' stands there twice"),
        (
            {"levels": [RUDE["levels"][0], RUDE["levels"][1] | {"bad": 2}]},
            "criterion.levels.1.bad",
            "Send 1.0 or less",
        ),
        ({"levels": [RUDE["levels"][0], RUDE["levels"][1] | {"bat": 1}]}, "criterion.levels.1.bat", "bad?"),
        ({"question": None}, "criterion.question", "valid string"),
        ({"question": "x" * 1001}, "criterion.question", "Send 1000 characters at most"),
        ({"name": "Rude"}, "criterion.name", "Use up to 64 small letters"),
        ({"scale": "ordnal"}, "criterion.scale", "Did you mean ordinal?"),
        ({"title": "a\u202eb"}, "criterion.title", "Leave control characters"),
        ({"title": "a\x00b"}, "body.title", "Leave such characters out"),
    ],
)
def test_bad_ones_are_refused_with_the_remedy(doors: Doors, change: dict[str, Any], field: str, said: str) -> None:
    with doors.client() as client:
        answer = client.post(CRITERIA, json=RUDE | change, headers=doors.bearer(OURS, Scope.ADMIN))
        assert answer.status_code == 422, answer.text
        error = answer.json()["error"]
        assert error["field"] == field
        assert said in f"{error['problem']} {error['remedy']}"
        assert client.get(f"{CRITERIA}/rude", headers=doors.bearer(OURS, Scope.READ)).status_code == 404


def test_what_there_is_not(doors: Doors) -> None:
    with doors.client() as client:
        for path, remedy in (("unfaithfull", "Did you mean unfaithful?"), ("toxic?version=beef", "Use one of ")):
            answer = client.get(f"{CRITERIA}/{path}", headers=doors.bearer(OURS, Scope.READ))
            assert answer.status_code == 404
            assert answer.json()["error"]["remedy"].startswith(remedy)
