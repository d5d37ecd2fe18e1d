"""Pushing a version of a rubric from its page: what it changes, and what could not be taken."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from evaluator.bootstrap import Services
from evaluator.core.access import Scope
from evaluator.core.documents import as_yaml
from tests.support.doors import OURS, THEIRS, Doors
from tests.support.judges import SCRIPT, open_house
from tests.support.rubrics import politeness
from tests.support.running import application, text_of
from tests.support.signed_in import csrf, sign_in

HTML = {"accept": "text/html"}


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_house(tmp_path / "h.db") as found:
        yield found


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(application(services)) as found:
        yield found


def push(client: TestClient, name: str, text: str, **sent: Any) -> Any:
    data = {"csrf": "", "definition": text, **sent}
    return client.post(f"/rubrics/{name}/push", data=data, headers=HTML, follow_redirects=False)


def text_in(page: str) -> str:
    """What stands in the field, as a browser would send it again."""
    found = re.search(r'<textarea name="definition" rows[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def test_what_the_page_shows_can_be_changed_and_pushed(client: TestClient, services: Services) -> None:
    before = client.get("/api/v1/rubrics/faithfulness").json()["version"]
    text = text_in(client.get("/rubrics/faithfulness").text)
    same = push(client, "faithfulness", text.replace("\n", "\r\n"))
    assert (same.status_code, same.headers["location"]) == (303, "/rubrics/faithfulness?done=same")
    assert "nothing has changed" in client.get(same.headers["location"]).text
    services.clock.turn(1)  # type: ignore[attr-defined]
    pushed = push(client, "faithfulness", text + "\nmodel: judge-2\n")
    after = client.get("/api/v1/rubrics/faithfulness").json()
    assert after["definition"]["model"] == "judge-2"
    assert pushed.headers["location"] == f"/rubrics/faithfulness?from={before}&to={after['version']}&done=push"
    told = text_of(client.get(pushed.headers["location"]).text)
    assert "Pushed, and in use from now on." in told
    assert "model changed + judge-2" in told
    audited = client.get("/api/v1/audit").json()
    assert any(
        one["action"] == "rubric.push" for one in (audited if isinstance(audited, list) else audited["entries"])
    )


def test_another_name_makes_another_rubric(client: TestClient) -> None:
    pushed = push(client, "tone", as_yaml(politeness()))
    assert pushed.headers["location"] == "/rubrics/politeness?done=push"
    assert "Politeness" in client.get("/rubrics").text
    assert client.get("/api/v1/rubrics/tone").json()["source"] == "shipped"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: [", "rubric: can not be read: "),
        ("just words", "rubric: must be an object. See docs/rubrics.md"),
        ("- name: a\n- name: b", "rubric: must be an object."),
        (as_yaml(politeness(titel="x")), "rubric.titel: is no field. Did you mean title?"),
        (as_yaml(politeness(api_key="k")), "rubric.api_key: is no field: a rubric does not say how"),
        (as_yaml(politeness(criterion={"name": "none", "bad_when": "Bad."})), "`faithline criteria push`"),
        (as_yaml(politeness(title=SCRIPT, scale={"choices": []})), "rubric.scale.choices: "),
        (f"&a {SCRIPT}", "names a part of itself"),
        ("x: " + "y" * 1_100_000, "is longer than 1048576 characters"),
        ("# nothing", "rubric: must be an object."),
    ],
)  # fmt: skip
def test_what_can_not_be_taken_is_told_and_kept(client: TestClient, text: str, said: str) -> None:
    refused = push(client, "tone", text)
    assert refused.status_code == 422
    wrong = re.search(r'id="wrong-definition" role="alert">(.*?)</p>', refused.text)
    assert wrong is not None
    assert said in html.unescape(wrong[1])
    assert text_in(refused.text) == text
    assert "Nothing was stored." in refused.text
    assert SCRIPT not in refused.text
    assert client.get("/api/v1/rubrics/tone").json()["created_at"] is None


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("x", "is no whole number"),
        ("-1", "is no whole number"),
        ("0", "must be from 1 to "),
        ("2", "and 0 labelled samples"),
    ],
)  # fmt: skip
def test_examples_from_labels_are_asked_for_at_their_field(client: TestClient, number: str, said: str) -> None:
    text = as_yaml(politeness())
    refused = push(client, "tone", text, examples_from_labels=number)
    assert refused.status_code == 422
    wrong = re.search(r'id="wrong-examples" role="alert">(.*?)</span>', refused.text)
    assert wrong is not None
    assert said in wrong[1]
    assert text_in(refused.text) == text
    assert f'value="{number}"' in refused.text


def test_only_an_administrator_pushes(doors: Doors) -> None:
    text = as_yaml(politeness(criterion={"name": OURS, "bad_when": "Bad."}))
    with doors.client() as client:
        assert push(client, OURS, text).headers["location"].startswith("/sign-in")
        sign_in(client, doors.secrets[OURS, Scope.READ])
        assert push(client, OURS, text, csrf=csrf(client.get("/").text)).status_code == 403
        sign_in(client, doors.secrets[OURS, Scope.ADMIN])
        token = csrf(client.get("/").text)
        assert push(client, OURS, text).status_code == 403
        assert push(client, OURS, text, csrf="x").status_code == 403
        assert client.get("/rubrics/politeness", headers=HTML).status_code == 404
        assert push(client, OURS, text, csrf=token).status_code == 303
        assert push(client, THEIRS, "[", csrf=token).status_code == 404
        assert client.get("/rubrics/politeness").status_code == 200
        sign_in(client, doors.secrets[THEIRS, Scope.ADMIN])
        assert client.get("/rubrics/politeness", headers=HTML).status_code == 404
