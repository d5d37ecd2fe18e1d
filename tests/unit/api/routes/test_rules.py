"""Rules over HTTP: what may be asked of the server's own files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evaluator.core.access import Scope
from tests.support.doors import OURS, Doors

FOLDERS = ("/etc", "/nonexistent", "/root", "./models", "../..", "~", "~root/x", "/proc/self/fd/0", "/etc/passwd")


@pytest.mark.parametrize("evaluator", ["hub_faithfulness", "hub_toxicity", "hub_injection"])
def test_nobody_elsewhere_asks_which_folders_there_are(evaluator: str, doors: Doors, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with doors.client() as client:

        def push(**parameters: Any) -> Any:
            rule = {"name": "h", "evaluator": evaluator, "parameters": parameters}
            return client.post("/api/v1/rules", json=rule, headers=doors.bearer(OURS, Scope.ADMIN))

        answers = {push(model=folder).text for folder in (*FOLDERS, str(tmp_path), str(tmp_path / "none"))}
        assert len(answers) == 1
        assert "not taken over HTTP" in answers.pop()
        if evaluator == "hub_faithfulness":
            assert "not taken over HTTP" in push(model="a/b", foundation=str(tmp_path)).text
        for odd in ("-rf", "a/../b", "a\nb", "x" * 300, "a//b", "..", ""):
            refused = push(model=odd)
            assert (refused.status_code, refused.json()["error"]["field"]) == (422, "parameters.model"), odd
        for odd in ("../../../../etc/passwd", "/etc/passwd", "a b", "-x", "x" * 300):
            refused = push(model="a/b", revision=odd)
            assert (refused.status_code, refused.json()["error"]["field"]) == (422, "parameters.revision"), odd


def test_no_error_says_where_things_lie_on_the_machine(doors: Doors) -> None:
    with doors.client(models_path=Path("/somewhere/private/models")) as client:
        rule = {"name": "h", "evaluator": "faithfulness", "parameters": {"model": "of-my-own"}}
        answer = client.post("/api/v1/rules", json=rule, headers=doors.bearer(OURS, Scope.ADMIN))
        assert answer.status_code == 400
        assert "of-my-own" in answer.text
        assert "private" not in answer.text


JUDGE: dict[str, Any] = {"judge_base_url": "http://127.0.0.1:9/v1", "judge_model": "gpt-4.1-mini"}
CASCADE = {
    "name": "judged", "evaluator": "rubric:faithfulness", "budget": {"usd_per_day": 1.0},
    "cascade": {"evaluator": "faithfulness", "rate": 0.1},
}  # fmt: skip


def test_a_cascade_is_pushed_shown_and_retired_as_one(doors: Doors) -> None:
    header = doors.bearer(OURS, Scope.ADMIN)
    with doors.client(**JUDGE) as client:
        pushed = client.post("/api/v1/rules", json=CASCADE, headers=header)
        assert pushed.status_code == 201, pushed.text
        cascade = pushed.json()["definition"]["cascade"]
        assert (cascade["rate"], cascade["floor"], len(cascade["fingerprint"])) == (0.1, 0.1, 32)
        (first,) = client.get("/api/v1/rules/judged.first", headers=header).json()
        assert (first["evaluator"], first["fingerprint"]) == ("faithfulness", cascade["fingerprint"])
        assert first["definition"]["budget"] is None
        refused = client.delete("/api/v1/rules/judged.first", headers=header)
        assert (refused.status_code, refused.json()["error"]["remedy"]) == (
            422, "Retire judged, or push it without its cascade",
        )  # fmt: skip
        assert client.delete("/api/v1/rules/judged", headers=header).status_code == 204
        names = {rule["name"] for rule in client.get("/api/v1/rules", headers=header).json()}
        assert not names & {"judged", "judged.first"}


@pytest.mark.parametrize(
    ("cascade", "field"),
    [
        ({"evaluator": "faithfulness"}, "cascade.rate"),
        ({"evaluator": "faithfulness", "rate": 0}, "cascade.rate"),
        ({"evaluator": "faithfulness", "rate": 0.1, "flor": 1}, "cascade.flor"),
        ({"evaluator": "faithfulnes", "rate": 0.1}, "cascade.evaluator"),
        ({"evaluator": "faithfulness", "rate": 0.1, "parameters": {"x": 1}}, "cascade.parameters.x"),
        ({"evaluator": "rubric:tone", "rate": 0.1}, "cascade.evaluator"),
        ("faithfulness", "cascade"),
    ],
)
def test_a_cascade_that_can_not_be_is_told(doors: Doors, cascade: Any, field: str) -> None:
    header = doors.bearer(OURS, Scope.ADMIN)
    with doors.client(**JUDGE) as client:
        refused = client.post("/api/v1/rules", json=CASCADE | {"cascade": cascade}, headers=header)
        error = refused.json()["error"]
        assert 400 <= refused.status_code < 500, refused.text
        assert field in (error.get("field") or ""), error
        assert error["remedy"], error
