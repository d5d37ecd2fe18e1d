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
