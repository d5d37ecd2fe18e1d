"""Signing in to the pages of a service that asks for keys."""

from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from evaluator.core.access import Scope
from evaluator.core.quarantine import Kind, Step
from evaluator.core.retry import RetryPolicy
from evaluator.pipeline.access import authenticator, refusals
from evaluator.pipeline.access import keys as access
from evaluator.store.repositories.access import sign_ins
from evaluator.web.sessions import COOKIE, LASTS
from evaluator.web.signing import target
from tests.support.databases import dump
from tests.support.doors import OURS, THEIRS, Doors
from tests.support.running import Running
from tests.support.signed_in import csrf, sign_in

PAGES = ("/", "/traces", "/traces/ours-trace", "/rubrics", "/rubrics/ours", "/ui/status", "/ui/series")


@pytest.fixture
def client(doors: Doors) -> Iterator[TestClient]:
    with doors.client() as found:
        yield found


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


def test_only_a_key_that_opens_a_page_signs_in(doors: Doors, client: TestClient) -> None:
    for key in (doors.secrets[OURS, Scope.INGEST], "nonsense", "fl_" + "x" * 43, ""):
        assert sign_in(client, key) == 401
        assert client.get("/").status_code == 303
    assert sign_in(client, doors.secrets[OURS, Scope.ADMIN]) == 303
    assert client.get("/").status_code == 200


def test_whoever_only_labels_sees_no_score(doors: Doors, client: TestClient) -> None:
    assert sign_in(client, doors.secrets[OURS, Scope.REVIEW], "/") == 303
    token = csrf(client.get("/sign-in").text)
    said = client.post("/sign-in", data={"key": doors.secrets[OURS, Scope.REVIEW], "csrf": token, "next": "/"})
    assert said.headers["location"] == "/review"
    for address in (*PAGES, "/waves", "/quarantine", "/rubrics", f"/rubrics/{OURS}"):
        refused = client.get(address, headers={"accept": "text/html"})
        assert refused.status_code == 403, address
        assert "needs a key with the scope &#39;read&#39;" in refused.text
        assert "secret" not in refused.text
        assert re.findall(r'<a href="(/[^"]*)"', refused.text) == ["/review", "/openapi.json"]
    assert client.get("/review").status_code == 200


def test_whoever_only_reads_labels_nothing(doors: Doors, client: TestClient) -> None:
    sign_in(client, doors.secrets[OURS, Scope.READ])
    assert client.get("/waves").status_code == 200
    refused = client.get("/review", headers={"accept": "text/html"})
    assert refused.status_code == 403
    assert "needs a key with the scope &#39;review&#39;" in refused.text
    overview = client.get("/").text
    assert 'href="/review"' not in overview
    shown = client.get(f"/traces/{OURS}-trace").text
    assert "/ui/label" not in shown
    assert "/ui/golden" not in shown
    for address in ("/ui/label", "/ui/golden", "/review/name", "/review/task-1", f"/waves/{doors.waves[OURS]}/close",
                    f"/rubrics/{OURS}/push", f"/rubrics/{OURS}/try"):  # fmt: skip
        assert client.post(address, data={"csrf": csrf(overview)}).status_code == 403, address


def test_the_session_ends_with_time_with_its_key_and_by_signing_out(
    doors: Doors, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authenticator, "REMEMBERED_SECONDS", 0.0)
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


def visit(client: TestClient, cookie: str) -> int:
    client.cookies.clear()
    return client.get("/", headers={"Cookie": f"{COOKIE}={cookie}".encode()}).status_code


def test_a_forged_cookie_is_worth_nothing(doors: Doors, client: TestClient) -> None:
    sign_in(client, doors.secrets[OURS, Scope.READ])
    content, signature = client.cookies[COOKIE].split(".")
    project, key, number, until = json.loads(urlsafe_b64decode(content + "=="))
    theirs = doors.keys[THEIRS, Scope.READ].id

    def coded(*said: object) -> str:
        return urlsafe_b64encode(json.dumps(said).encode()).decode()

    forged = [
        f"{coded(THEIRS, theirs, number, until)}.{signature}", f"{coded(OURS, theirs, number, until)}.{signature}",
        f"{coded(project, key, number, until + 9)}.{signature}", f"{content}.{signature[:-1]}x", f"{content}.",
        content, ".", f"{coded(project, key)}.{signature}", f"{coded('a', chr(0), 'b', until)}.{signature}",
        f"{content}.é", "x" * 5000, f"{urlsafe_b64encode(b'[' * 700).decode()}.{signature}",
    ]  # fmt: skip
    for cookie in forged:
        assert visit(client, cookie) == 303, cookie
    assert visit(client, f"{content}.{signature}") == 200


@pytest.fixture
def keeping(doors: Doors) -> Iterator[TestClient]:
    """A service that keeps its secret in a file, as none was given to it."""
    with doors.client(session_secret=None) as found:
        yield found


def test_whoever_has_the_database_can_sign_nothing(doors: Doors, keeping: TestClient) -> None:
    """Cookies as they were signed before, with the hash of the key, and by services with other secrets."""
    client = keeping
    assert sign_in(client, doors.secrets[OURS, Scope.READ]) == 303
    cookie = client.cookies[COOKIE]
    content = cookie.partition(".")[0]
    project, key, number, until = json.loads(urlsafe_b64decode(content + "=="))
    stored = doors.keys[OURS, Scope.READ].hash
    for said in ([project, key, until], [project, key, number, until]):
        old = urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
        for message in (f"session.{old}", old):
            for secret in (bytes.fromhex(stored), stored.encode(), number.encode(), b""):
                assert visit(client, f"{old}.{hmac.new(secret, message.encode(), 'sha256').hexdigest()}") == 303
    assert visit(client, cookie) == 200
    file = Path(doors.store.url.removeprefix("sqlite:///")).with_name("session.key")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().strip() not in dump(doors.store.url)
    with doors.client(session_secret=None) as same:  # another process on this machine
        assert visit(same, cookie) == 200
    with doors.client(session_secret="of another machine" * 3) as other:
        assert visit(other, cookie) == 303
    file.unlink()
    with doors.client(session_secret=None) as anew:
        assert visit(anew, cookie) == 303


def test_a_copied_cookie_ends_when_its_owner_signs_out(doors: Doors) -> None:
    with doors.client() as client, doors.client() as other:
        key = doors.secrets[OURS, Scope.READ]
        cookies = []
        for _ in range(2):
            client.cookies.clear()
            assert sign_in(client, key) == 303
            cookies.append(client.cookies[COOKIE])
        assert visit(other, cookies[0]) == visit(other, cookies[1]) == 200
        page = client.get("/", headers={"Cookie": f"{COOKIE}={cookies[1]}"}).text
        headers = {"Cookie": f"{COOKIE}={cookies[1]}"}
        assert client.post("/sign-out", data={"csrf": "wrong"}, headers=headers).status_code == 403
        assert visit(other, cookies[1]) == 200
        assert client.post("/sign-out", data={"csrf": csrf(page)}, headers=headers).status_code == 303
        for process in (client, other):
            assert visit(process, cookies[1]) == 303
            assert visit(process, cookies[0]) == 200  # the same key, signed in elsewhere
    with doors.client() as restarted:
        assert visit(restarted, cookies[1]) == 303
        assert visit(restarted, cookies[0]) == 200


def test_sign_ins_that_are_kept_are_bounded(
    doors: Doors, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_ins, "MAX_OF_KEY", 3)
    key, cookies = doors.secrets[OURS, Scope.READ], []
    for _ in range(5):
        client.cookies.clear()
        sign_in(client, key)
        cookies.append(client.cookies[COOKIE])
        doors.clock.turn(1)
    assert [visit(client, cookie) for cookie in cookies] == [303, 303, 200, 200, 200]
    doors.clock.turn(LASTS.total_seconds())
    client.cookies.clear()
    sign_in(client, key)
    with doors.store.read() as unit:
        rows = unit.connection.execute(text("SELECT count(*) FROM sign_in WHERE project = 'ours'")).scalar_one()
    assert rows == 1  # those that were over went


def test_guessing_a_key_is_slow_and_is_told(
    doors: Doors, client: TestClient, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(refusals, "OF_ONE_BURST", 5.0)
    guesses = [f"fl_{n:043d}" for n in range(8)]
    assert [sign_in(client, guess) for guess in guesses] == [401] * 5 + [429] * 3
    page = client.post("/sign-in", data={"key": guesses[0], "csrf": csrf(client.get("/sign-in").text)})
    assert int(page.headers["retry-after"]) >= 1
    assert "Too many keys were tried" in page.text
    assert sign_in(client, doors.secrets[OURS, Scope.READ]) == 303  # valid, though never seen before
    said = "".join(capfd.readouterr())
    assert said.count("key_refused") == 5
    assert "testclient" in said
    assert not [guess for guess in guesses if guess in said]


def test_commands_that_are_shown_name_the_visitors_project(doors: Doors, client: TestClient) -> None:
    with doors.store.write() as unit:
        now = doors.clock.now()
        unit.of(OURS).quarantine.put(Step.SETTLE, Kind.TRACE, f"{OURS}-trace", "boom", now, RetryPolicy(attempts=1))
    sign_in(client, doors.secrets[OURS, Scope.READ])
    assert f"faithline quarantine replay --all --project {OURS}</code>" in client.get("/quarantine").text
    shown = client.get(f"/traces/{OURS}-trace").text
    assert re.search(rf"faithline quarantine replay [0-9a-f]{{12}} --project {OURS}</code>", shown)


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
