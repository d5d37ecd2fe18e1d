"""Signing in to the pages of a service that asks for keys."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from evaluator.core.access import Scope
from evaluator.pipeline.access import keys as access
from evaluator.store.store import Store
from evaluator.web.sessions import COOKIE, LASTS
from evaluator.web.signing import target
from tests.support.doors import OURS, THEIRS, Doors, open_doors
from tests.support.running import Running

PAGES = ("/", "/traces", "/traces/ours-trace", "/ui/status", "/ui/series")


@pytest.fixture
def doors(sqlite_url: str) -> Iterator[Doors]:
    store = Store(sqlite_url)
    yield open_doors(store)
    store.close()


@pytest.fixture
def client(doors: Doors) -> Iterator[TestClient]:
    with doors.client() as found:
        yield found


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def sign_in(client: TestClient, key: str, following: str = "/traces") -> int:
    token = csrf(client.get("/sign-in").text)
    return client.post("/sign-in", data={"key": key, "csrf": token, "next": following}).status_code


def test_pages_are_closed_without_signing_in(client: TestClient) -> None:
    for address in PAGES:
        answer = client.get(address)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=")
        assert "secret" not in answer.text
    part = client.get("/ui/status", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/sign-in")


def test_a_reader_sees_their_project_and_no_other(doors: Doors, client: TestClient) -> None:
    assert sign_in(client, doors.secrets[OURS, Scope.READ]) == 303
    cookie = next(c for c in client.cookies.jar if c.name == COOKIE)
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite", "").lower() == "strict"
    for address in PAGES:
        page = client.get(address)
        assert page.status_code == 200
        assert THEIRS not in page.text
    assert "the secret of ours" in client.get("/traces/ours-trace").text
    assert f'title="Project">{OURS}<' in client.get("/").text
    missing = client.get("/traces/none")
    assert client.get("/traces/theirs-trace").text == missing.text.replace("none", "theirs-trace")
    assert missing.status_code == 404


def test_only_a_key_that_may_read_signs_in(doors: Doors, client: TestClient) -> None:
    for key in (
        doors.secrets[OURS, Scope.INGEST],
        doors.secrets[OURS, Scope.REVIEW],
        "nonsense",
        "fl_" + "x" * 43,
        "",
    ):
        assert sign_in(client, key) == 401
        assert client.get("/").status_code == 303
    assert sign_in(client, doors.secrets[OURS, Scope.ADMIN]) == 303
    assert client.get("/").status_code == 200


def test_the_session_ends_with_time_with_its_key_and_by_signing_out(
    doors: Doors, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "REMEMBERED_SECONDS", 0.0)
    key = doors.secrets[OURS, Scope.READ]
    sign_in(client, key)
    refused = client.post("/sign-out", data={"csrf": "wrong"})
    assert refused.status_code == 403
    page = client.get("/").text
    assert client.post("/sign-out", data={"csrf": csrf(page)}).status_code == 303
    assert client.get("/").status_code == 303
    sign_in(client, key)
    doors.clock.turn(LASTS.total_seconds() + 1)
    assert client.get("/").status_code == 303
    sign_in(client, key)
    assert client.get("/").status_code == 200
    access.revoke_key(doors.store, OURS, doors.keys[OURS, Scope.READ].id, doors.clock)
    assert client.get("/").status_code == 303


def test_a_forged_cookie_is_worth_nothing(doors: Doors, client: TestClient) -> None:
    sign_in(client, doors.secrets[OURS, Scope.READ])
    content, signature = client.cookies[COOKIE].split(".")
    project, key, until = json.loads(urlsafe_b64decode(content + "=="))
    theirs = doors.keys[THEIRS, Scope.READ].id

    def coded(*said: object) -> str:
        return urlsafe_b64encode(json.dumps(said).encode()).decode()

    forged = [
        f"{coded(THEIRS, theirs, until)}.{signature}", f"{coded(OURS, theirs, until)}.{signature}",
        f"{coded(project, key, until + 9)}.{signature}", f"{content}.{signature[:-1]}x", f"{content}.", content, ".",
        f"{coded(project, key)}.{signature}", f"{coded('a', chr(0), until)}.{signature}", f"{content}.é", "x" * 5000,
        f"{coded(project, key, 1e400)}.{signature}", f"{urlsafe_b64encode(b'[' * 700).decode()}.{signature}",
    ]  # fmt: skip
    client.cookies.clear()
    for cookie in forged:
        answer = client.get("/", headers={"Cookie": f"{COOKIE}={cookie}".encode()})
        assert answer.status_code == 303, cookie
    assert client.get("/", headers={"Cookie": f"{COOKIE}={content}.{signature}"}).status_code == 200


def test_no_other_site_can_sign_a_browser_in(doors: Doors, client: TestClient) -> None:
    key = doors.secrets[OURS, Scope.READ]
    assert client.post("/sign-in", data={"key": key}).status_code == 403
    nonce = csrf(client.get("/sign-in").text)
    assert client.post("/sign-in", data={"key": key, "csrf": nonce + "x"}).status_code == 403
    for body in (b"x" * 10_000, b"&" * 500, b"\xff\xfe=%00", b""):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert client.post("/sign-in", content=body, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/traces?q=a%20b", "/traces?q=a%20b"),
        ("//evil.example", "/"),
        ("https://evil.example/x", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("///evil.example", "/evil.example"),
        ("//[", "/"),
        ("/%2F/evil.example", "/%2F/evil.example"),
        ("", "/"),
    ],
)
def test_signing_in_leads_nowhere_else(asked: str, given: str) -> None:
    assert target(asked) == given


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 360])
def test_in_and_out_in_a_browser(doors: Doors, open_tab: Any, width: int) -> None:
    with Running(doors.services()) as running:
        tab = open_tab(running.url + "/traces", width=width)
        assert tab.page.locator("h1").inner_text() == "Sign in"
        assert tab.overflow() == 0
        tab.page.fill("input[name=key]", doors.secrets[OURS, Scope.READ])
        tab.page.keyboard.press("Enter")
        tab.page.get_by_text("the secret of ours").wait_for()
        assert tab.page.url == running.url + "/traces"
        assert tab.overflow() == 0
        tab.page.get_by_label("Sign out").click()
        tab.page.get_by_role("heading", name="Sign in").wait_for()
        tab.page.close()
