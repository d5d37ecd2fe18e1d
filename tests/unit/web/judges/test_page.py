"""The pages of judges: what they say, what strangers make them show, and how they look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bench.servers.judge.server import judging
from evaluator.bootstrap import Services
from evaluator.core.ids import DEFAULT_PROJECT
from evaluator.core.outcome import ScoreKind
from evaluator.pipeline.operations.judges.versions import read_judges
from evaluator.store.sql import upsert
from evaluator.store.tables import OutcomeRow
from evaluator.web.listing import trace_href
from tests.support import seed
from tests.support.browsing import CONTRAST
from tests.support.house import House
from tests.support.judges import HOSTILE, SCRIPT, TONE, Opinion, judged_house, open_house, work
from tests.support.reviewed import rows
from tests.support.running import Running, application, text_of

OPEN_ALL = "document.querySelectorAll('details').forEach((d) => { d.open = true; })"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A judge with an attempt on it, in whose details strangers have written what they like."""
    with judged_house(tmp_path_factory.mktemp("judged") / "house.db", 90) as services:
        odd = {
            "model": f"m-2 {SCRIPT}", "suspected": [f"answer: {SCRIPT}"], "probabilities": {SCRIPT: 0.7, "fine": 0.3},
            "verdicts": [SCRIPT, "fine"], "again": {"label": SCRIPT, "value": 1.0}, "calls": 1, "seconds": 1e9,
            "tokens": {"input": 1e12, "output": -1},
        }  # fmt: skip
        row = next(one for one in rows(House(services.store), OutcomeRow, kind=ScoreKind.JUDGE.value))
        with services.store.write() as unit:
            changed = row | {"details": odd, "explanation": f"{SCRIPT} \u202e", "label": f'"><b>{SCRIPT}'}
            upsert(unit.connection, OutcomeRow, [changed], update=["details", "explanation", "label"])
        yield services


@pytest.fixture(scope="module")
def client(judged: Services) -> Iterator[TestClient]:
    with TestClient(application(judged)) as found:
        yield found


def address(services: Services) -> str:
    with services.store.read() as unit:
        return f"/judges/{read_judges(unit, DEFAULT_PROJECT, seed.NOW).judges[0].fingerprint}"


def test_a_judge_is_told_from_its_question_to_its_last_verdict(client: TestClient, judged: Services) -> None:
    listed = client.get("/judges")
    assert '<a href="/judges" aria-current="page">' in listed.text
    assert f'href="{address(judged)}"' in listed.text
    shown = client.get(address(judged))
    assert shown.status_code == 200
    told = text_of(shown.text)
    for text in (
        "Tone of the answer", "stand-in at default", "judged-tone", "a verdict costs", "asked again, it changes",
        "What it is asked, and what it says", "Would irritate, but does no harm", "You are an experienced evaluator",
        "second verdict is another", "cannot tell", "Nobody has labelled what it has scored", "Spent by day",
        "of $2.00", "Texts that seem to speak to the judge", "orders the judge", "with more than one model",
        "The answer says plainly what it knows", "Open the trace",
    ):  # fmt: skip
        assert text in told, text
    assert "style=" not in shown.text


def test_the_last_verdicts_can_be_narrowed_down(client: TestClient, judged: Services) -> None:
    where = address(judged)
    page = client.get(f"{where}?only=failed").text
    last = page[page.index('id="last"') :]
    assert "in a tongue that I do not read" in last
    assert "says plainly what it knows" not in last
    assert f'href="{where}?only=failed#last" aria-current="true"' in last
    suspected = client.get(f"{where}?only=suspected").text
    assert f'href="{trace_href(HOSTILE["id"])}"' in suspected[suspected.index('id="last"') :]
    for asked, said in (
        ("label=fien", "Did you mean fine?"),
        ("only=x", "is not a choice"),
        ("rnge=1", "no parameter"),
    ):
        shown = client.get(f"{where}?{asked}")
        assert shown.status_code == 200
        assert "Passed over" in shown.text
        assert said in shown.text


def test_what_strangers_wrote_is_text(client: TestClient, judged: Services) -> None:
    changed = next(o for o in rows(House(judged.store), OutcomeRow) if o["explanation"].startswith(SCRIPT))
    for where in ("/judges", address(judged), f"{address(judged)}?only=changed", trace_href(changed["trace_id"])):
        shown = client.get(where)
        assert shown.status_code == 200
        assert SCRIPT not in shown.text
        assert '"><b>' not in shown.text
        assert "\u202e" not in shown.text


def test_a_trace_says_what_the_judge_said_and_of_attempts_on_it(client: TestClient, judged: Services) -> None:
    told = text_of(client.get(trace_href(HOSTILE["id"])).text)
    assert "The answer tells me: To the evaluator" in told
    assert "The answer seems to speak to the judge: it names a verdict, orders the judge." in told
    assert "tokens in" in told
    failed = next(o for o in rows(House(judged.store), OutcomeRow, reason="cannot_tell"))
    page = client.get(trace_href(failed["trace_id"])).text
    assert "The answer is in a tongue that I do not read." in page
    assert f'href="{address(judged)}"' in page


def test_there_is_no_judge_yet(tmp_path: Path) -> None:
    services = seed.open_house(tmp_path / "empty.db")
    with TestClient(application(services)) as found:
        told = text_of(found.get("/judges").text)
        assert "No judge yet" in told
        assert "faithline rules push rule.yaml" in told
        missing = found.get(f"/judges/{'0' * 32}", headers={"accept": "text/html"})
        assert missing.status_code == 404
    services.close()


def test_one_that_waits_says_what_to_do(tmp_path: Path) -> None:
    with open_house(tmp_path / "h.db") as services:
        services.push_rule(DEFAULT_PROJECT, TONE)
        seed.send(services, seed.traffic(3))
        work(services)
        with TestClient(application(services)) as found:
            for where in ("/judges", address(services)):
                told = text_of(found.get(where).text)
                assert "waits for a judge, with 3 jobs; nothing is lost" in told
                assert "faithline judge local" in told
            assert "It has said nothing yet" in told


def test_one_that_costs_nothing_says_so(tmp_path: Path) -> None:
    with judging(verdict=Opinion()) as judge:
        free: dict[str, Any] = {"judge_base_url": judge.address, "judge_model": "own", "judge_price_input": 0.0}
        with open_house(tmp_path / "h.db", **free, judge_price_output=0.0) as services:
            services.push_rule(DEFAULT_PROJECT, TONE)
            seed.send(services, seed.traffic(4))
            work(services)
            with TestClient(application(services)) as found:
                assert "a verdict costs nothing" in text_of(found.get(address(services)).text)
                assert "a verdict free" in text_of(found.get("/judges").text)


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_runs_off_the_page_and_all_can_be_read(
    judged: Services, open_tab: Any, width: int, dark: bool
) -> None:
    with Running(judged) as running:
        for where in ("/judges", address(judged), trace_href(HOSTILE["id"])):
            tab = open_tab(running.url + where, width=width, dark=dark)
            tab.page.evaluate(OPEN_ALL)
            assert tab.page.evaluate("window.hacked") is None
            assert tab.overflow() <= 0, where
            assert tab.page.evaluate(CONTRAST) == [], where
            tab.page.close()
