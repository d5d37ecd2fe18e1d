"""Nothing that is asked for is passed over: what a route, a body or a project does not have is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from starlette.testclient import TestClient

from evaluator.api.app import MODULES
from evaluator.api.filters import ExactQuery, SliceQuery
from evaluator.bootstrap import Services
from evaluator.core.access import Scope
from evaluator.core.ports import NoHints
from evaluator.core.slicing import SLICE_DIMENSIONS
from evaluator.settings import Settings
from evaluator.store.repositories.traces.lists import EXACT
from tests.support.doors import OURS, Doors, routes
from tests.support.house import House, trace
from tests.support.running import application

ELSEWHERE = {"/openapi.json", "/static"}
"""Files, which are the same whatever is asked."""
PAGES = {
    "/", "/traces", "/traces/{trace_id:path}", "/agreement", "/review", "/review/name", "/review/{task_id}", "/waves",
    "/waves/{wave_id}/close", "/quarantine", "/judges", "/judges/{fingerprint}", "/rubrics",
    "/rubrics/{name}", "/rubrics/{name}/push", "/rubrics/{name}/try", "/sign-in", "/sign-out", "/favicon.ico",
}  # fmt: skip


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    services = Services(Settings(database_url=house.store.url), house.store, house.clock, NoHints())
    with TestClient(application(services), raise_server_exceptions=False) as found:
        yield found


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    error: dict[str, Any] = answer.json()["error"]
    return error


def test_every_route_refuses_a_parameter_that_it_does_not_have(doors: Doors) -> None:
    headers = doors.bearer(OURS, Scope.ADMIN)
    with doors.client() as found:
        asked = [(m, p) for m, p in routes(found) if p not in PAGES | ELSEWHERE and not p.startswith("/ui/")]
        assert len(asked) > 25
        for method, path in asked:
            address = path.replace("{", "").replace("}", "").replace(":id", "").replace(":path", "")
            body: dict[str, Any] | None = {} if method in ("POST", "PUT") else None
            answer = found.request(method, address, params={"enviroment": "x"}, headers=headers, json=body)
            assert 400 <= answer.status_code < 500, (method, path)
            assert "enviroment" in answer.text, (method, path)
            assert "is no parameter of this address" in answer.text, (method, path)


def test_a_parameter_twice_is_refused(doors: Doors) -> None:
    with doors.client() as found:
        answer = found.get("/api/v1/traces?model=a&model=b", headers=doors.bearer(OURS, Scope.READ))
        assert problem(answer, 422) == {"field": "model", "problem": "is given 2 times", "remedy": "Give it once"}


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation, *(m for f in annotation.model_fields.values() for m in _models(f.annotation))]
    return [model for part in get_args(annotation) for model in _models(part)]


def test_every_body_of_ours_refuses_a_field_that_it_does_not_have() -> None:
    found = [
        model
        for context in iter_route_contexts([route for module in MODULES for route in module.router.routes])
        if (field := getattr(context, "body_field", None)) is not None
        for model in _models(field.field_info.annotation)
    ]
    assert len(found) >= 6
    assert [model.__name__ for model in found if model.model_config.get("extra") != "forbid"] == []


def test_filters_are_declared_for_all_fields_that_there_are() -> None:
    assert tuple(ExactQuery(*"abcdefgh").values) == EXACT
    assert tuple(SliceQuery(*"abcde").values) == SLICE_DIMENSIONS


@pytest.mark.parametrize(
    ("path", "body", "field", "remedy"),
    [
        ("rules", {"name": "a", "evaluator": "pii", "filtr": []}, "rule.filtr", "Did you mean filter?"),
        (
            "rules",
            {"name": "a", "evaluator": "pii", "strata": [{"name": "s", "rate": 1, "when": [], "wehn": []}]},
            "rule.strata.0.wehn",
            "Did you mean when? Use one of name, when, any, rate",
        ),
        ("rules", {"name": "a", "evaluater": "pii"}, "rule.evaluater", "Did you mean evaluator?"),
        ("rules", {"name": "a", "evaluator": "toxcity"}, "rule.evaluator", "Did you mean toxicity?"),
        (
            "rules",
            {"name": "a", "evaluator": "toxicity", "parameters": {"precison": "bf16"}},
            "parameters.precison",
            "Did you mean precision?",
        ),
        ("criteria", {"name": "a", "quesiton": "?"}, "criterion.quesiton", "Did you mean question?"),
        ("rubrics", {"name": "a", "instuctions": "?"}, "rubric.instuctions", "Did you mean instructions?"),
        (
            "rubrics",
            {"name": "a", "examples": [{"label": "a", "anwser": "?"}]},
            "rubric.examples.0.anwser",
            "Did you mean answer?",
        ),
        ("golden-sets", {"name": "a", "itmes": []}, "itmes", "Did you mean items?"),
        (
            "golden-sets",
            {"name": "a", "items": [{"id": "1", "prompt": "p", "response": "r"}]},
            "items.0.response",
            "Did you mean responses?",
        ),
        ("keys", {"name": "a", "scope": ["read"]}, "scope", "Did you mean scopes?"),
        ("rules/a/backfill", {"since": "2026-01-01"}, "since", "Use one of from, to, tz, dry_run"),
        ("dead-letters/replay", {"id": [1]}, "id", "Did you mean ids?"),
        ("quarantine/replay", {"every": True}, "every", "Use one of ids, all"),
    ],
)
def test_a_field_of_a_body_that_there_is_not(
    client: TestClient, path: str, body: dict[str, Any], field: str, remedy: str
) -> None:
    error = problem(client.post(f"/api/v1/{path}", json=body), 422)
    assert error["field"] == field
    assert error["remedy"].startswith(remedy)


@pytest.mark.parametrize("name", ["traces", "scores", "feedback"])
def test_what_stands_beside_a_list_of_items(client: TestClient, name: str) -> None:
    error = problem(client.post(f"/api/v1/{name}", json={name: [], "environment": "prod"}), 422)
    assert error == {"field": "environment", "problem": "is no field", "remedy": f"Use one of {name}"}
    with_metadata = client.post("/api/public/ingestion", json={"batch": [], "metadata": {"sdk_name": "python"}})
    assert with_metadata.status_code == 207


def test_a_condition_on_a_field_that_there_is_not(client: TestClient) -> None:
    rule = {"name": "a", "evaluator": "pii", "filter": [{"field": "modle", "value": "m"}]}
    error = problem(client.post("/api/v1/rules", json=rule), 422)
    assert error["field"] == "rule.filter.0.field"
    assert "'modle': did you mean model? use one of" in error["problem"]


@pytest.mark.parametrize(
    ("query", "field", "remedy"),
    [
        ("traces?rule=shoutin", "rule", "Did you mean shouting? Use one of shouting"),
        ("traces?status=eror", "status", "Did you mean error? Use one of ok, error, unset"),
        ("traces?annotation=helpfull", "annotation", "Did you mean helpful? Use one of feedback, helpful"),
        ("traces?tags=vip", "tags", "Did you mean tag?"),
        ("traces?missing=anwser", "missing", "Did you mean answer? Use one of answer, question, passages"),
        ("traces?sort=wurst", "sort", "Did you mean worst? Use one of newest, worst"),
        ("series?grain=our", "grain", "Did you mean hour? Use one of minute, hour, day, week, month"),
        ("scores?name=feedback", "name", "Use one of helpful"),
        ("feedback?name=helpful", "name", "Use one of feedback"),
        ("series?rule=shout", "rule", "Did you mean shouting? Use one of shouting"),
        ("series?evaluator=shouts", "evaluator", "Did you mean shout? Use one of shout"),
        ("series?criterion=shout", "criterion", "Did you mean shouts? Use one of shouts"),
        ("series?fingerprint=0", "fingerprint", "Use one of "),
        ("series?slice.stratum=loud", "slice.stratum", "Use one of rest"),
        ("traces?from=2026-13-01", "from", "Send ISO 8601"),
        ("traces?limit=0", "limit", "Send 1 or more"),
        ("traces?limit=ten", "limit", "Send a whole number"),
        ("series?slice.enviroment=prod", "slice.enviroment", "Did you mean slice.environment?"),
        ("series?environment=prod", "environment", "Did you mean slice.environment?"),
    ],
)
def test_names_that_there_are_not(client: TestClient, house: House, query: str, field: str, remedy: str) -> None:
    house.rule()
    house.feed(trace(1))
    house.run()
    client.post("/api/v1/scores", json={"trace_id": "t1", "name": "helpful", "value": 1})
    client.post("/api/v1/feedback", json={"trace_id": "t1", "thumbs": "up"})
    error = problem(client.get(f"/api/v1/{query}"), 422)
    assert error["field"] == field
    assert error["remedy"].startswith(remedy)


@pytest.mark.parametrize(
    ("query", "remedy"),
    [
        ("traces?rule=shouting", "It has no rules yet: push one"),
        ("traces?label=bad", "It has no rules yet: push one"),
        ("series?evaluator=shout", "It has no rules yet: push one"),
        ("series?criterion=shouts", "It has no rules yet: push one"),
        ("traces?annotation=helpful", "There are none yet: send them"),
        ("scores?name=helpful", "There are none yet: send them"),
    ],
)
def test_a_project_that_has_nothing_yet_says_so(client: TestClient, query: str, remedy: str) -> None:
    assert problem(client.get(f"/api/v1/{query}"), 422)["remedy"].startswith(remedy)


def test_what_there_is_and_matches_nothing_is_an_empty_list(client: TestClient, house: House) -> None:
    rule = house.rule()
    house.rule(name="retired")
    client.delete("/api/v1/rules/retired")
    house.feed(trace(1, tags=["vip"]))
    house.run()
    client.post("/api/v1/scores", json={"trace_id": "elsewhere", "name": "helpful", "value": 1})
    for query in ("annotation=helpful", "status=error", "model=another", "tag=another", "label=any"):
        assert client.get(f"/api/v1/traces?{query}").json()["traces"] == [], query
    assert client.get("/api/v1/scores?name=helpful&trace_id=t1").json()["items"] == []
    for query in (f"fingerprint={rule.rule.fingerprint}&to=2000-01-01", "rule=retired", "slice.model=another"):
        assert client.get(f"/api/v1/series?{query}").json()["series"] == [], query
    assert [t["id"] for t in client.get("/api/v1/traces?rule=retired").json()["traces"]] == ["t1"]


def test_traces_by_tag(client: TestClient, house: House) -> None:
    tags: list[list[str]] = [["vip"], ["vip", 'old "one"'], ["VIP", "vi"], [], ['["vip"]']]
    house.feed(*(trace(i, tags=each) for i, each in enumerate(tags)))
    house.run()

    def listed(tag: str, **more: Any) -> list[str]:
        answer = client.get("/api/v1/traces", params={"tag": tag} | more)
        return [t["id"] for t in answer.json()["traces"]]

    assert listed("vip") == ["t0", "t1"]
    assert listed('old "one"') == ["t1"]
    assert listed("vi") == ["t2"]
    assert listed('["vip"]') == ["t4"]
    assert listed("") == listed("%") == []
    assert listed("vip", limit=1, offset=1) == ["t1"]
    assert listed("vip", q="question 0") == ["t0"]


def test_a_date_of_eight_digits_is_a_date(doors: Doors) -> None:
    headers = doors.bearer(OURS, Scope.READ)
    with doors.client() as found:
        answer = found.get("/api/v1/series?from=20261119&to=20261121&tz=Europe/Berlin", headers=headers).json()
        assert (answer["from"], answer["to"]) == ("2026-11-19T00:00:00+01:00", "2026-11-21T00:00:00+01:00")
        assert found.get("/api/v1/series?from=20261341&to=20261121", headers=headers).status_code == 422
