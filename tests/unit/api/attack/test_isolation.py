"""Another project's things are not there: on every route, by every name, and in every list."""

from __future__ import annotations

from typing import Any

from evaluator.core.access import Scope
from tests.support.doors import OURS, PUBLIC, THEIRS, Doors, routes, task_of, with_judges

NAMES = {"trace_id:id": "{}-trace", "name": "{}-rule", "project_id": "{}", "user:path": "{}-user"}
BODIES: dict[str, Any] = {
    "/api/v1/rules/{name}/backfill": {"from": "2026-11-01T00:00:00Z", "to": "2026-11-30T00:00:00Z", "dry_run": True},
    "/api/v1/projects/{project_id}/user-keys": {"user_keys": ["buyer"]},
    "/api/v1/golden-sets/{name}/items": {"trace_id": "no-such-trace"},
    "/api/v1/review/{task_id}/verdict": {"level": "calm"},
    "/api/v1/review/{task_id}/skip": {},
    "/api/v1/review/{task_id}/undo": {},
}
GONE = "no-such-thing"


def address(doors: Doors, path: str, project: str) -> str:
    """The address of a thing of a project, `GONE` for no project."""
    named = {"golden-sets": "{}-set", "criteria": "{}", "rubrics": "{}"}
    names = NAMES | {"name": next((form for kind, form in named.items() if kind in path), NAMES["name"])}
    key = doors.keys[project, Scope.READ].id if project != GONE else GONE
    wave, task = (doors.waves[project], task_of(doors, project)) if project != GONE else (GONE, GONE)
    ids = {"key_id": key, "wave_id": wave, "task_id": task, "fingerprint": doors.judges.get(project, GONE)}
    for parameter, form in (names | ids).items():
        path = path.replace("{" + parameter + "}", form.format(project) if project != GONE else GONE)
    assert "{" not in path, f"say in this test what {path} is called"
    return path


def test_what_belongs_to_others_is_not_found(doors: Doors) -> None:
    with_judges(doors)
    headers = doors.bearer(OURS, Scope.ADMIN)
    with doors.client() as client:
        named = [(m, p) for m, p in routes(client) if p.startswith(("/api", "/v1")) and "{" in p]
        assert len(named) >= 8
        for method, path in named:
            theirs, missing = address(doors, path, THEIRS), address(doors, path, GONE)
            answers = [client.request(method, a, headers=headers, json=BODIES.get(path)) for a in (theirs, missing)]
            if "users" in path:  # a user of whom nothing is stored is deleted at once
                assert [sum(a.json()["deleted"].values()) for a in answers] == [0, 0]
                continue
            assert [a.status_code for a in answers] == [404, 404], (method, path, answers[0].text)
            name = theirs.removeprefix(path.split("{")[0]).split("/")[0]
            assert answers[0].text == answers[1].text.replace(GONE, name)
        for method, path in named:
            if method == "GET":
                assert client.get(address(doors, path, OURS), headers=headers).status_code == 200, path
            if method == "GET":
                theirs_key = doors.bearer(THEIRS, Scope.ADMIN)
                assert client.get(address(doors, path, THEIRS), headers=theirs_key).status_code == 200, path


OF_A_RULE = ("/api/v1/thresholds", "/api/v1/labels/budget")
"""What answers about one rule, which must be named."""


def test_no_list_shows_what_belongs_to_others(doors: Doors) -> None:
    headers = doors.bearer(OURS, Scope.ADMIN)
    with doors.client() as client:
        lists = [p for m, p in routes(client) if m == "GET" and p.startswith("/api") and "{" not in p]
        assert len(lists) >= 8
        for path in lists:
            own = {"rule": f"{OURS}-rule"} if path in OF_A_RULE else {}
            asked = {"q": "secret", "all_versions": "true", "limit": "100", "user": f"{THEIRS}-user"}
            for name, value in ({"": ""} | asked | {"project": THEIRS}).items():
                answer = client.get(
                    path, params=own | ({name: value} if name else {}), headers=headers | {"x-project": THEIRS}
                )
                refused = answer.status_code == 422 and answer.json()["error"]["field"] == name
                assert answer.status_code == 200 or refused, path
                assert f"{THEIRS}-" not in answer.text, path
        assert f"{OURS}-" in client.get("/api/v1/traces", headers=headers).text


def test_public_routes_know_no_project(doors: Doors) -> None:
    with doors.client() as client:
        for path in PUBLIC - {"/favicon.ico", "/sign-out"}:
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert f"{OURS}-" not in answer.text
            assert f"{THEIRS}-" not in answer.text
