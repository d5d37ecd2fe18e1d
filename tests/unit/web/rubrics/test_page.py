"""The pages of rubrics: what they say of shipped and own ones, and what strangers make them show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from evaluator.bootstrap import Services
from evaluator.core.access import Scope
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.catalog.rubrics import document_of, parse_rubric, push_rubric, rubric_of, rubrics_in_use
from evaluator.pipeline.operations.judges.versions import read_judges
from evaluator.web.rubrics.views import address_of
from tests.support import seed
from tests.support.browsing import CONTRAST
from tests.support.doors import OURS, THEIRS, Doors
from tests.support.judges import SCRIPT, TONE, open_house
from tests.support.rubrics import choice, politeness
from tests.support.running import Running, application, text_of
from tests.support.signed_in import sign_in

HTML = {"accept": "text/html"}
BOLD = '"><b id=injected>'
OPEN_ALL = "document.querySelectorAll('details').forEach((d) => { d.open = true; })"


def push(services: Services, definition: dict[str, Any]) -> str:
    """Push a rubric a moment after the one before; its version."""
    services.clock.turn(1)  # type: ignore[attr-defined]
    return push_rubric(services.store, DEFAULT_PROJECT, parse_rubric(definition), services.clock).version


def in_all_its_texts() -> dict[str, Any]:
    """A rubric that would like to run something wherever it says something."""
    text = f"{SCRIPT} {BOLD}"
    example = {"question": f"{text} \u202e", "answer": text, "label": f"curt{BOLD}", "explanation": text}
    return politeness(
        name="hostile", title=text, description=text, version_note=text, cannot_tell=text, does_not_apply=text,
        instructions=f"{text} and judge.", criterion={"name": "toxic", "bad_when": text},
        scale={"choices": [choice("polite", 1, text), choice(f"curt{BOLD}", 0, f"{text}!")]},
        examples=[example], model=SCRIPT,
    )  # fmt: skip


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A rule by a shipped rubric, which has two newer versions of the project's own; and a hostile rubric in two."""
    with open_house(tmp_path_factory.mktemp("rubrics") / "h.db", judge_base_url="http://127.0.0.1:9/v1",
                    judge_model="m-1", judge_price_input=1.0, judge_price_output=1.0) as opened:  # fmt: skip
        opened.push_rule(DEFAULT_PROJECT, TONE)
        with opened.store.read() as unit:
            tone = document_of(rubric_of(unit, DEFAULT_PROJECT, "tone"))
        push(opened, tone | {"version_note": "About jokes.", "instructions": f"{tone['instructions']}\nMind jokes."})
        push(opened, tone | {"title": "Tone in chat"})
        push(opened, in_all_its_texts())
        push(opened, in_all_its_texts() | {"instructions": f"{BOLD} {SCRIPT} otherwise."})
        yield opened


@pytest.fixture(scope="module")
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(application(services)) as found:
        yield found


def versions(services: Services, client: TestClient) -> list[str]:
    """Of tone, the newest first."""
    found = client.get("/api/v1/rubrics?all_versions=true").json()
    return [one["version"] for one in found if one["name"] == "tone"]


def test_the_list_says_what_there_is_and_what_uses_it(client: TestClient, services: Services) -> None:
    page = client.get("/rubrics").text
    told = text_of(page)
    with services.store.read() as unit:
        names = [known.definition.name for known in rubrics_in_use(unit, DEFAULT_PROJECT)]
        judge = read_judges(unit, DEFAULT_PROJECT, seed.NOW).judges[0].fingerprint
    assert len(names) == 10
    assert all(f'href="{address_of(name)}"' in page for name in names)
    for said in ("Faithfulness to the context", "supported 1", "contradicted 0", "Reads question, context, answer.",
                 "shipped", "yours, 18 Mar", "by unfaithful", "No rule uses it.", "Tone in chat"):  # fmt: skip
        assert said in told, said
    assert f'Asked by <a href="/judges/{judge}"><bdi>judged-tone</bdi></a>' in page
    assert told.index("Tone in chat") < told.index("Faithfulness to the context")  # what is used stands first
    assert f'(<a href="/rubrics/tone?version={versions(services, client)[-1]}">an earlier version</a>)' in page
    assert '<span class="badge bad">contradicted</span>' in page
    assert "style=" not in page


def test_judges_and_rubrics_lead_to_each_other(client: TestClient, services: Services) -> None:
    judges, rubrics = client.get("/judges").text, client.get("/rubrics").text
    assert '<a href="/judges" aria-current="page">Judges</a><a href="/rubrics">' in judges
    assert '<a href="/rubrics" aria-current="page">Rubrics</a>' in rubrics
    for page in (judges, rubrics, client.get("/rubrics/tone").text):  # the way at the top has one entry for both
        assert page[: page.index("<main")].count('href="/judges" aria-current="page"') == 1
    version = versions(services, client)[-1]
    fingerprint = re.search(r'href="(/judges/\w+)"', judges)
    assert fingerprint is not None
    for page in (judges, client.get(fingerprint[1]).text):
        assert f'<a href="/rubrics/tone?version={version}"><bdi>tone</bdi></a>' in page


def test_a_shipped_rubric_is_told_from_its_question_to_its_prompt(client: TestClient) -> None:
    page = client.get("/rubrics/faithfulness").text
    told = text_of(page)
    for said in (
        "Faithfulness to the context", "shipped", "a reader who trusts the answer", "minor addition 0.7",
        "cannot tell", "A failure, no verdict.", "How to judge", "Judge by the context alone",
        "reads question, context, answer", "the answer in parts, of which the worst counts", "Examples",
        "The whole prompt", "You are an experienced evaluator", "name: faithfulness", "The material is data",
        "faithline rubrics show faithfulness", "Versions", "in use", "Try it", "Push it",
    ):  # fmt: skip
        assert said in told, said
    assert "what changed" not in told
    assert "style=" not in page


def test_an_own_rubric_says_which_version_and_who_asks_it(client: TestClient, services: Services) -> None:
    newest, middle, first = versions(services, client)
    told = text_of(client.get("/rubrics/tone").text)
    assert "Tone in chat" in told
    assert "earlier version" not in told
    assert f"by version {first[:8]}" in told
    older = client.get(f"/rubrics/tone?version={middle}").text
    assert '<span class="badge none">earlier version</span>' in older
    assert "Mind jokes." in text_of(older)
    assert f'name="version" value="{middle}"' in older
    assert older.count('aria-current="true"') == 1
    assert f"--version {middle}" in older
    assert f'value="{newest}"' not in older


def test_what_changed_is_shown_in_lines(client: TestClient, services: Services) -> None:
    newest, middle, first = versions(services, client)
    page = client.get(f"/rubrics/tone?from={first}&to={middle}").text
    changes = page[page.index('id="changes"') : page.index('id="asked"')]
    assert re.search(r'<li class="new"><span [^>]*>\+</span><ins dir="auto">Mind jokes.</ins></li>', changes)
    assert '<li class="gone">' in changes
    assert "version note changed" in changes
    assert "Tone in chat" not in changes
    assert "Mind jokes." in page[page.index('id="asked"') :]  # the page shows the later one of the two
    assert "They say the same." in text_of(client.get(f"/rubrics/tone?from={first}&to={first}").text)
    assert f"to={newest}#changes" in client.get("/rubrics/tone").text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("version=0123456789ab", "&#39;0123456789ab&#39; is no version of this rubric. "),
        ("from=x", "from, to: &#39;x, &#39; is no version of this rubric. "),
        ("to=%3Cscript%3E", "&#39;, &lt;script&gt;&#39; is no version of this rubric. "),
        ("vrsion=1", "vrsion: is no parameter of this page. Did you mean version?"),
    ],
)
def test_a_version_that_there_is_not_is_passed_over(client: TestClient, asked: str, said: str) -> None:
    shown = client.get(f"/rubrics/tone?{asked}")
    assert shown.status_code == 200
    (told,) = re.findall(r"Passed over: <bdi>(.*?)</bdi>", shown.text)
    assert said in told
    assert "Tone in chat" in shown.text
    assert 'id="changes"' not in shown.text


def test_a_rubric_of_one_version_has_nothing_to_compare_with(client: TestClient) -> None:
    same = client.get("/api/v1/rubrics/faithfulness").json()["version"]
    assert "faithfulness has one version only" in text_of(client.get(f"/rubrics/faithfulness?to={same}").text)


@pytest.mark.parametrize("name", ["tonne", "%3Cscript%3E", "x" * 500, "a%E2%80%AEb"])
def test_a_name_that_there_is_not_is_not_found(client: TestClient, name: str) -> None:
    for address in (f"/rubrics/{name}", f"/rubrics/{name}?version=1&from=1"):
        missing = client.get(address, headers=HTML)
        assert missing.status_code == 404
        assert "Use one of " in missing.text
        assert "<script>" not in missing.text.partition("<main")[2]
        assert "\u202e" not in missing.text
    if name == "tonne":
        assert "Did you mean tone?" in missing.text


def test_what_a_rubric_says_is_text(client: TestClient) -> None:
    found = client.get("/api/v1/rubrics?all_versions=true").json()
    newer, older = (one["version"] for one in found if one["name"] == "hostile")
    for where in ("/rubrics", "/rubrics/hostile", f"/rubrics/hostile?from={older}&to={newer}"):
        shown = client.get(where)
        assert shown.status_code == 200
        assert SCRIPT not in shown.text
        assert BOLD not in shown.text
        assert "\u202e" not in shown.text
        assert "&lt;script&gt;" in shown.text


def test_who_may_only_read_sees_no_form(doors: Doors) -> None:
    with doors.client() as client:
        sign_in(client, doors.secrets[OURS, Scope.READ])
        page = client.get(f"/rubrics/{OURS}").text
        assert f"{OURS}-newer" in page
        for form in ("/try", "/push", "<textarea"):
            assert form not in page[page.index("<main") :]
        sign_in(client, doors.secrets[OURS, Scope.ADMIN])
        assert f'action="/rubrics/{OURS}/try"' in client.get(f"/rubrics/{OURS}").text


def test_what_belongs_to_others_is_not_there(doors: Doors) -> None:
    with doors.client() as client:
        sign_in(client, doors.secrets[OURS, Scope.ADMIN])
        theirs, none = client.get(f"/rubrics/{THEIRS}", headers=HTML), client.get("/rubrics/nobody", headers=HTML)
        assert (theirs.status_code, none.status_code) == (404, 404)
        assert f"{THEIRS}-" not in theirs.text
        assert f"{THEIRS}-" not in client.get("/rubrics").text
        assert f"{OURS}-newer" in client.get("/rubrics").text


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_runs_off_the_page_and_all_can_be_read(
    services: Services, client: TestClient, open_tab: Any, width: int, dark: bool
) -> None:
    newest, _, first = versions(services, client)
    with Running(services) as running:
        for where in ("/rubrics", "/rubrics/hostile", f"/rubrics/tone?from={first}&to={newest}"):
            tab = open_tab(running.url + where, width=width, dark=dark)
            tab.page.evaluate(OPEN_ALL)
            assert tab.page.evaluate("window.hacked") is None
            assert tab.page.locator("#injected").count() == 0
            assert tab.overflow() <= 0, where
            assert tab.page.evaluate(CONTRAST) == [], where
            tab.page.close()


def test_there_are_rubrics_before_there_is_anything_else(tmp_path: Path) -> None:
    with open_house(tmp_path / "h.db") as opened, TestClient(application(opened)) as found:
        told = text_of(found.get("/rubrics/faithfulness").text)
        assert "No judge can be asked by default. No judge answers." in told
        assert "faithline judge local" in told
        assert "trials have spent nothing of the $1.00 that they may today" in told
