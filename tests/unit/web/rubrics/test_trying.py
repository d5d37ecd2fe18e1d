"""Trying a rubric from its page: what came of it, what it cost, and what could not be tried."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bench.servers.judge.behaviour import Behaviour
from bench.servers.judge.server import JudgeServer, judging
from evaluator.bootstrap import Services
from evaluator.core.access import Scope
from evaluator.core.documents import as_yaml
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.pipeline.catalog.rubrics import document_of, parse_rubric, push_rubric
from evaluator.store.tables.work.outcomes import OutcomeRow
from evaluator.web.listing import trace_href
from tests.support import seed
from tests.support.doors import OURS, THEIRS, Doors
from tests.support.house import House
from tests.support.judges import SCRIPT, TONE, labelled_by_people, open_house, work
from tests.support.judging import POLITE
from tests.support.reviewed import rows
from tests.support.running import Running, application, text_of
from tests.support.signed_in import csrf, sign_in

HTML = {"accept": "text/html"}


def says(label: str, reason: str = "Because it is.") -> Any:
    return lambda *_: {"reason": reason, "verdict": label}


class Turning:
    """Says one thing, and another when it is asked again."""

    def __init__(self) -> None:
        self.turn = 0

    def __call__(self, system: str, user: str) -> dict[str, str]:
        self.turn += 1
        return {"reason": f"Hm. {SCRIPT} \u202e", "verdict": ("rude", "kind")[self.turn % 2]}


@pytest.fixture
def judge() -> Iterator[JudgeServer]:
    with judging(verdict=says("rude")) as found:
        yield found


@pytest.fixture
def services(tmp_path: Path, judge: JudgeServer) -> Iterator[Services]:
    with open_house(tmp_path / "h.db", judge) as found:
        filled(found)
        yield found


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(application(services)) as found:
        yield found


def filled(services: Services) -> None:
    push_rubric(services.store, DEFAULT_PROJECT, parse_rubric(POLITE), services.clock)
    seed.send(services, seed.traffic(30))
    work(services)


def attempt(client: TestClient, name: str = "polite", **sent: Any) -> Any:
    return client.post(
        f"/rubrics/{name}/try", data={"csrf": "", "size": "3", **sent}, headers=HTML, follow_redirects=False
    )


def test_a_trial_says_what_it_found(client: TestClient, services: Services, judge: JudgeServer) -> None:
    labelled_by_people(services, "unsafe_tone", {"fine": 3, "severe": 2})
    shown = attempt(client, size=10, rate=0.5)
    assert shown.status_code == 200
    told = text_of(shown.text)
    assert 0.0 < judge.ledger.usd < 0.1
    for said in (
        "Trial of Politeness", "stand-in at default", "nothing of it enters a rate", "10 of 10", "10 samples",
        "2 of 5", "0 missed, 3 blamed", f"this trial cost ${judge.ledger.usd:.4f}", "a thousand",
        "a day would cost", "rude 1 bad the same", "Because it is.", "Try it again",
    ):  # fmt: skip
        assert said in told, said
    assert shown.text.count('<tr class="differs">') == 3
    assert len(re.findall(r'<td class="tried-trace"><a href="/traces/[^"]+">', shown.text)) == 10
    assert f'href="{trace_href(seed.traffic(1)[0]["id"])}"' in shown.text
    assert 'name="size" type="number" min="1" max="50" step="1" required value="10"' in shown.text
    assert 'value="0.5"' in shown.text
    assert f"trials have spent ${judge.ledger.usd:.4f} of the $1.00" in told
    assert rows(House(services.store), OutcomeRow) == []


def test_what_is_unsteady_or_hostile_is_shown_as_what_it_is(tmp_path: Path) -> None:
    with judging(verdict=Turning()) as judge, open_house(tmp_path / "h.db", judge) as services:
        filled(services)
        with TestClient(application(services)) as client:
            page = attempt(client, size=1).text
    assert "0 of 1" in page
    assert '<span class="badge warn">' in page
    assert SCRIPT not in page
    assert "\u202e" not in page
    assert "Hm. &lt;script&gt;" in page


def test_a_rule_says_what_a_day_costs(client: TestClient, services: Services) -> None:
    services.push_rule(DEFAULT_PROJECT, TONE | {"name": "r", "evaluator": "rubric:polite"})
    assert re.search(r"<option selected>r</option>", client.get("/rubrics/polite").text)
    told = text_of(attempt(client, size=1, rule="r").text)
    assert "budget $2.00" in told
    assert "would cost more than the rule" not in told


def test_the_money_of_the_day_is_the_limit(tmp_path: Path, judge: JudgeServer) -> None:
    with open_house(tmp_path / "h.db", judge, trial_usd_per_day=0.0) as services:
        filled(services)
        with TestClient(application(services)) as client:
            assert "here trials may spend nothing" in text_of(client.get("/rubrics/polite").text)
            told = text_of(attempt(client, size=3).text)
    assert judge.calls == 0
    assert "The money of the day for trials (0 USD) reached for 0 of 3 samples." in told
    assert "FAITHLINE_TRIAL_USD_PER_DAY" in told


def test_without_a_judge_it_says_what_to_do(tmp_path: Path) -> None:
    with open_house(tmp_path / "h.db") as services:
        filled(services)
        with TestClient(application(services)) as client:
            shown = attempt(client)
    assert shown.status_code == 200
    told = text_of(shown.text)
    assert "No judge could be asked. No judge answers. Start one on this machine with `faithline judge local`" in told
    assert 'id="samples"' not in shown.text


def test_without_traces_it_says_so(tmp_path: Path, judge: JudgeServer) -> None:
    with open_house(tmp_path / "h.db", judge) as services, TestClient(application(services)) as client:
        told = text_of(attempt(client, "faithfulness").text)
    assert "There are no answers of the last seven days to try it on." in told
    assert judge.calls == 0


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        ({"size": "0"}, "size", "must be from 1 to 50, got 0"),
        ({"size": "51"}, "size", "must be from 1 to 50, got 51"),
        ({"size": "many"}, "size", "is no whole number"),
        ({"size": "9" * 5000}, "size", "is no whole number"),
        ({"rate": "0"}, "rate", "must be above 0"),
        ({"rate": "nan"}, "rate", "must be above 0"),
        ({"rate": SCRIPT}, "rate", "is no number"),
        ({"rule": "none"}, "rule", "active rule &#39;none&#39; not found"),
        ({"provider": "elsewhere"}, "provider", "There are default, local"),
        ({"model": "unheard-of"}, "model", "nobody knows what unheard-of costs"),
        ({"model": "m" * 300}, "model", "must be up to"),
        ({"golden_set": "x"}, "golden_set", "is not needed by this rubric"),
    ],
)  # fmt: skip
def test_what_can_not_be_tried_is_told_at_its_field(
    client: TestClient, judge: JudgeServer, sent: Mapping[str, str], field: str, said: str
) -> None:
    shown = attempt(client, **sent)
    assert shown.status_code == 422
    wrong = re.search(rf'id="wrong-{field}" role="alert">(.*?)</span>', shown.text)
    assert wrong is not None
    assert said in wrong[1]
    assert f'aria-describedby="wrong-{field}"' in shown.text
    assert "Nothing was asked, and nothing spent." in shown.text
    assert SCRIPT not in shown.text
    assert judge.calls == 0


def test_a_rubric_with_golden_answers_asks_for_a_set(client: TestClient) -> None:
    shown = attempt(client, "correctness")
    assert shown.status_code == 422
    assert "is needed: the rubric compares with golden answers. Name one." in text_of(shown.text)


def test_an_address_or_a_key_can_not_be_sent_along(client: TestClient, judge: JudgeServer) -> None:
    shown = attempt(client, size=1, base_url="http://elsewhere.test/v1", api_key="k")
    assert shown.status_code == 200
    assert "stand-in at default" in text_of(shown.text)


def test_what_is_not_there_is_not_tried(client: TestClient, judge: JudgeServer) -> None:
    for version in ("", "none"):
        assert attempt(client, "nobody", version=version).status_code == 404
    assert attempt(client, version="0" * 12).status_code == 422
    assert judge.calls == 0


def test_a_draft_is_tried_and_not_stored(client: TestClient, services: Services) -> None:
    draft = document_of(parse_rubric(POLITE | {"title": "A draft", "inputs": ["answer"]}))
    shown = attempt(client, definition=as_yaml(draft), size=2)
    assert shown.status_code == 200
    told = text_of(shown.text)
    assert "Trial of A draft not pushed" in told
    assert "2 of 2" in told
    assert shown.text.count("title: A draft") == 2  # to be tried again, and to be pushed
    assert "A draft" not in client.get("/rubrics").text
    wrong = attempt(client, definition=as_yaml(draft), size="x")
    assert "is no whole number" in wrong.text
    assert wrong.text.count("title: A draft") == 2
    for text in ("[", "just words", as_yaml(draft | {"scale": {}})):
        refused = attempt(client, definition=text)
        assert refused.status_code == 422
        assert "Not taken" in refused.text
        assert "rubric" in text_of(refused.text[refused.text.index('role="alert"') :])


@pytest.mark.browser
def test_a_form_that_is_sent_twice_is_paid_once(tmp_path: Path, open_tab: Any) -> None:
    slow = Behaviour(latency=0.5)
    with judging(slow, says("kind")) as judge, open_house(tmp_path / "h.db", judge) as services:
        filled(services)
        with Running(services) as running:
            tab = open_tab(running.url + "/rubrics/polite")
            tab.page.locator("input[name=size]").fill("2")
            # The second time the first is on its way, and would be paid for whether or not anybody waits for it.
            sent = "form => [0, 250].forEach((ms) => setTimeout(() => form.requestSubmit(), ms))"
            tab.page.locator("form.try-form").evaluate(sent)
            tab.page.wait_for_selector("#samples")
            assert judge.calls == 4  # two samples, twice each
            tab.page.close()


@pytest.mark.browser
def test_a_draft_is_tried_in_a_browser(services: Services, open_tab: Any) -> None:
    with Running(services) as running:
        tab = open_tab(running.url + "/rubrics/polite#change")
        assert tab.page.locator("textarea.yaml").is_visible()  # what was folded opens
        tab.page.get_by_role("button", name="Try without pushing").click()
        tab.page.wait_for_selector("#push")
        assert tab.page.locator("h1 .badge").inner_text() == "not pushed"
        tab.page.close()


def test_only_an_administrator_tries(doors: Doors) -> None:
    with doors.client() as client:
        assert attempt(client, OURS).headers["location"].startswith("/sign-in")
        for scope in (Scope.READ, Scope.REVIEW):
            sign_in(client, doors.secrets[OURS, scope])
            token = csrf(client.get("/review" if scope is Scope.REVIEW else "/").text)
            assert attempt(client, OURS, csrf=token).status_code == 403
        sign_in(client, doors.secrets[OURS, Scope.ADMIN])
        token = csrf(client.get("/").text)
        assert attempt(client, OURS).status_code == 403
        assert "The form was too old" in attempt(client, OURS, csrf="x").text
        assert attempt(client, OURS, csrf=token).status_code == 200
        assert attempt(client, THEIRS, csrf=token).status_code == 404
        other = client.post(f"/rubrics/{OURS}/try", data={"csrf": token}, headers={"Origin": "https://evil.test"})
        assert other.status_code == 403
        big = client.post(f"/rubrics/{OURS}/try", data={"csrf": token, "definition": "x" * 3_000_000})
        assert big.status_code == 422
        assert client.post(f"/rubrics/{OURS}/try?x=1", data={"csrf": token}).status_code == 422
