"""What one project sends never lands in another. A file of its own: it leaves things behind under another's names."""

from __future__ import annotations

from evaluator.core.access import Scope
from tests.support.doors import OURS, THEIRS, Doors


def test_what_is_sent_lands_in_the_project_of_the_key(doors: Doors) -> None:
    sent = {"id": f"{THEIRS}-trace", "question": "mine?", "answer": "mine", "project": THEIRS}
    with doors.client() as client:
        headers = doors.bearer(OURS, Scope.INGEST)
        assert client.post("/api/v1/traces", json=[sent], headers=headers).status_code == 202
        said = {"trace_id": f"{THEIRS}-trace", "value": -1, "project": THEIRS}
        assert client.post("/api/v1/feedback", json=[said], headers=headers).status_code == 202
        theirs = client.get(f"/api/v1/traces/{THEIRS}-trace", headers=doors.bearer(THEIRS, Scope.READ)).json()
        assert client.get("/api/v1/feedback", headers=doors.bearer(THEIRS, Scope.READ)).json()["items"] == []
    assert theirs["answers"][0]["answer"] == f"the secret of {THEIRS}"
    assert theirs["feedback"] is None
