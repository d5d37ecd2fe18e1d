"""The pages as a client without a browser sees them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

import pytest
from starlette.testclient import TestClient

from evaluator.bootstrap import Services
from evaluator.core.ids import pseudonym
from evaluator.pipeline.access import places
from evaluator.stats.estimators.registry import ESTIMATORS
from evaluator.store.store import Store
from evaluator.web.overview import RANGES
from tests.support import seed
from tests.support.pooled import POOLED
from tests.support.running import application

HTML = {"accept": "text/html"}


def ids(page: str) -> list[str]:
    return re.findall(r'data-id="([^"]+)"', page)


def test_overview_names_each_rate_with_its_interval(client: TestClient) -> None:
    page = client.get("/").text
    assert page.count('class="card series"') == 2
    assert re.search(r'class="big-number">\d+(\.\d+)?<', page)
    assert "95 % interval" in page
    assert "carries the evaluator’s bias" in page


def test_overview_by_another_method(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = client.get("/?method=pooled", headers=HTML)
    assert refused.status_code == 422
    assert "Use one of raw, human, corrected, transported, best." in refused.text
    monkeypatch.setitem(ESTIMATORS, POOLED.name, POOLED)
    page = client.get("/?method=pooled").text
    assert '<span class="badge neutral">pooled</span> knows nothing of strata' in page
    assert "carries the evaluator’s bias" not in page
    links = re.findall(r'(?:href|hx-get)="(/(?:ui/series)?\?[^"]+)"', page)
    assert len(links) > len(RANGES)
    assert all(link.endswith("&amp;method=pooled") for link in links)
    assert "method=" not in client.get("/").text
    assert ">pooled</span>" in client.get("/ui/series?method=pooled").text


def test_chart_data_is_what_the_api_answers(client: TestClient) -> None:
    page = client.get("/?range=14d").text
    charts = [json.loads(text) for text in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page)]
    rule = {"rule": "hallucination", "from": "2026-03-04T00:00:00Z", "to": "2026-03-19T00:00:00Z"}
    (series,) = client.get("/api/v1/series", params=rule).json()["series"]
    shown = [(p["iso"], p["estimate"], p["low"], p["high"], p["scored"]) for p in charts[0]["points"]]
    assert shown == [(p["start"], p["estimate"], p["low"], p["high"], p["scored"]) for p in series["points"]]
    assert len(shown) == 15


def test_the_overview_shows_days_of_a_zone(client: TestClient) -> None:
    """A fortnight of New York, in which its clock was put forward: on the eighth of March, a day of 23 hours."""
    page = client.get("/?range=14d&tz=America/New_York").text
    charts = [json.loads(text) for text in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page)]
    edges = {"from": "2026-03-04T00:00:00", "to": "2026-03-19T00:00:00", "tz": "America/New_York"}
    (series,) = client.get("/api/v1/series", params=edges | {"rule": "hallucination"}).json()["series"]
    starts = [datetime.fromisoformat(p["start"]) for p in series["points"]]
    assert [p["t"] for p in charts[0]["points"]] == [int(at.timestamp()) for at in starts]
    assert [p["scored"] for p in charts[0]["points"]] == [p["scored"] for p in series["points"]]
    assert charts[0]["points"][4]["said"] == "Sun 8 Mar America/New_York"
    ticks = charts[0]["ticks"]
    assert [t["text"] for t in ticks[:2]] == ["4 Mar", "5 Mar"]
    assert sorted({b["t"] - a["t"] for a, b in pairwise(ticks)}) == [23 * 3600, 24 * 3600]
    assert "Day (America/New_York)" in page
    assert "Passed over" not in page
    assert client.get("/ui/series?range=14d&tz=America/New_York").status_code == 200
    assert "Sun 08 Mar 2026" in page
    links = re.findall(r'(?:href|hx-get)="(/(?:ui/series)?\?[^"]+)"', page)
    assert sum(link.endswith("&amp;tz=America%2FNew_York") for link in links) == len(links) - 1, "all but that to UTC"
    hours = client.get("/?range=24h&tz=%2B05:30").text
    (first, *_) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', hours)
    assert {t["text"][-3:] for t in json.loads(first)["ticks"]} == {":00", "Mar"}
    assert "data-zone hidden" in client.get("/").text
    assert client.get("/?tz=Mars", headers=HTML).status_code == 422


@pytest.mark.parametrize(
    ("key", "grain"), [("24h", "hour"), ("7d", "day"), ("30d", "day"), ("all", "day"), ("x", "day")]
)
def test_grain_follows_the_range(client: TestClient, key: str, grain: str) -> None:
    page = client.get("/", params={"range": key}).text
    (first, *_) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page)
    assert json.loads(first)["grain"] == grain


def test_breakdown_shows_which_version_is_worse(client: TestClient) -> None:
    page = client.get("/").text
    table = re.search(r"By prompt version.*?</table>", page, re.S)
    assert table is not None
    rates = re.findall(r'rate">(\d+(?:\.\d+)?) %', table[0])
    assert float(rates[1]) > 2 * float(rates[0])


def test_status_tells_only_of_changes(client: TestClient) -> None:
    first = client.get("/ui/status")
    assert first.headers["HX-Trigger"] == "faithline-changed"
    seen = re.search(r"/ui/status\?seen=([\d.]+)", first.text)
    assert seen is not None
    assert "HX-Trigger" not in client.get("/ui/status", params={"seen": seen[1]}).headers


def test_progress_while_something_waits(empty_house: Services) -> None:
    seed.push_rules(empty_house)
    seed.send(empty_house, seed.traffic(40))
    seed.settle(empty_house)
    with TestClient(application(empty_house)) as client:
        waiting = re.search(r"Scored 0 of (\d+)", client.get("/").text)
        assert waiting is not None
        assert 'hx-trigger="every 2s"' in client.get("/ui/status").text
        seed.score(empty_house)
        page = client.get("/").text
    assert f"{waiting[1]} outcomes" in page
    assert "Nothing is waiting" in page


def test_empty_state_says_how_to_send(empty_house: Services) -> None:
    with TestClient(application(empty_house)) as client:
        page = client.get("/").text
        assert "curl http://testserver/api/v1/traces" in page
        assert "http://testserver/v1/traces" in page
        assert "No rule is active yet" in page
        assert "No traces yet" in client.get("/traces").text


def test_list_is_newest_first_in_pages(client: TestClient) -> None:
    first, second = (ids(client.get("/traces", params={"page": n}).text) for n in (1, 2))
    assert len(first) == len(second) == 50
    assert not set(first) & set(second)
    assert first[3:] == sorted(first[3:], reverse=True)


def test_worst_first_and_filters(client: TestClient) -> None:
    page = client.get("/traces", params={"sort": "worst", "rule": "hallucination", "prompt_version": "v2"}).text
    values = [int(v) for v in re.findall(r"badness (\d+) of 100", page)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 50
    assert 'class="t-prompt"><bdi>v1' not in page
    toxic = client.get("/traces", params={"rule": "toxicity", "label": "toxic"}).text
    assert ids(toxic)
    assert toxic.count("badge bad") >= len(ids(toxic))


def test_search_session_user_and_days(client: TestClient) -> None:
    assert ids(client.get("/traces", params={"q": "reply number 317."}).text) == ["trace-0317"]
    assert ids(client.get("/traces", params={"session": "s-9"}).text) == ["trace-0029", "trace-0028", "trace-0027"]
    day = ids(client.get("/traces", params={"from": "2026-03-10", "to": "2026-03-10"}).text)
    assert 20 < len(day) < 26
    assert ids(client.get("/traces", params={"user": "nobody"}).text) == []
    moments = {"from": "2026-03-10T00:00:00Z", "to": "2026-03-11T00:00:00Z"}
    assert ids(client.get("/traces", params=moments).text) == day


def test_days_of_the_list_are_those_of_a_zone(client: TestClient) -> None:
    asked = {"from": "2026-03-10", "to": "2026-03-10", "tz": "Asia/Kolkata"}
    page = client.get("/traces", params=asked).text
    expected = client.get("/api/v1/traces", params=asked | {"to": "2026-03-11", "limit": 500}).json()["traces"]
    assert ids(page) == [t["id"] for t in expected]
    assert ids(page) != ids(client.get("/traces", params=asked | {"tz": ""}).text)
    assert "<option selected>Asia/Kolkata</option>" in page
    local = {"from": "2026-03-10T00:00", "to": "2026-03-11", "tz": "Asia/Kolkata"}
    assert len(ids(client.get("/traces", params=local).text)) > len(expected), "the second day is included"
    refused = client.get("/traces", params={"tz": "India"}, headers=HTML)
    assert (refused.status_code, "Europe/Berlin" in refused.text) == (200, True), "passed over, and said"


def test_a_user_is_found_by_the_name_that_was_sent(empty_house: Services) -> None:
    seed.send(empty_house, [seed.stepped() | {"user": "ada@example.org"}])
    seed.settle(empty_house)
    with TestClient(application(empty_house)) as client:
        assert ids(client.get("/traces", params={"user": "ada@example.org"}).text) == ["stepped"]
        (stored,) = set(re.findall(r"/traces\?user=([0-9a-f]{16})", client.get("/traces/stepped").text))
        assert stored != pseudonym("default", "ada@example.org")
        for user in ("ada@example.org", stored):
            assert ids(client.get("/traces", params={"user": user}).text) == ["stepped"]
            found = client.get("/api/v1/traces", params={"user": user}).json()["traces"]
            assert [t["id"] for t in found] == ["stepped"]
        assert client.get("/api/v1/traces", params={"user": "nobody"}).json()["traces"] == []


@pytest.mark.parametrize(
    "query",
    ["page=-3", "page=99999999999999999999", "page=²", "from=yesterday&to=0001-01-01", "sort=up", "rule=none",
     "q=%00", "label=%3Cb%3E", "model=" + "x" * 5000, "from=9999-12-31"],
)  # fmt: skip
def test_odd_addresses_are_answered(client: TestClient, query: str) -> None:
    assert client.get(f"/traces?{query}").status_code == 200


def test_trace_says_why_it_has_no_score(client: TestClient) -> None:
    page = client.get("/traces/failing").text
    assert "Failed: invalid output" in page
    assert "no &lt;b&gt;number&lt;/b&gt; in the reply" in page
    assert "Skipped: no context" in client.get("/traces/contextless").text


def test_old_scores_are_kept_apart(empty_house: Services) -> None:
    seed.push_rules(empty_house)
    for answer in ("It costs [[30 euros]].", "It costs 20 euros."):
        seed.send(empty_house, [seed.stepped() | {"answer": answer}])
        seed.settle(empty_house)
        seed.score(empty_house)
    with TestClient(application(empty_house)) as client:
        page = client.get("/traces/stepped").text
    current, _, older = page.partition("Superseded scores")
    assert ">unsupported<" not in current
    assert ">unsupported<" in older


def test_missing_things_have_a_page_and_the_api_stays_json(client: TestClient) -> None:
    for address in ("/traces/none", "/nothing", "/static/none.js"):
        answer = client.get(address, headers=HTML)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
    assert client.get("/api/v1/traces/none", headers=HTML).json()["error"]["problem"]
    assert client.get("/nothing").json()["error"]["problem"] == "Not Found"


def test_headers_and_no_inline_code(client: TestClient) -> None:
    for address in ("/", "/traces", "/traces/stepped", "/nothing", "/api/v1/series", "/static/js/chart.js"):
        answer = client.get(address, headers=HTML)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'self'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
    for address in ("/", "/traces", "/traces/stepped", "/nothing"):
        page = client.get(address, headers=HTML).text
        assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", page)
        assert not re.search(r"<script(?![^>]*(src=|application/json))", page)
        assert not re.search(r"(src|href)=.https?:", page)


@pytest.fixture(scope="module")
def long_texts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A house with texts that take their time to be searched."""
    services = seed.open_house(tmp_path_factory.mktemp("long") / "long.db")
    seed.send(services, [{"id": f"t{n}", "question": "A" * 500_000, "answer": "é_%ü"} for n in range(40)])
    seed.settle(services)
    with TestClient(application(services)) as found:
        yield found
    services.close()


def test_a_search_that_takes_too_long_says_what_to_do(
    long_texts: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = iter((0.02, 0.02, 60.0))
    read = Store.read
    monkeypatch.setattr(Store, "read", lambda store, seconds=None: read(store, seconds and next(limits, 60.0)))
    slow = "a" * 400 + "b"
    answer = long_texts.get("/api/v1/traces", params={"q": slow})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "query"
    assert "Narrow the time" in answer.json()["error"]["remedy"]
    page = long_texts.get("/traces", params={"q": slow})
    assert page.status_code == 200
    assert "This search takes longer than 0.02 s. Narrow the time" in page.text
    for text in ("a" * 400, "é_%", "t7"):
        assert long_texts.get("/api/v1/traces", params={"q": text}).json()["traces"], text
    for text in (slow, "_é", "%%", "\\"):
        assert long_texts.get("/api/v1/traces", params={"q": text}).json()["traces"] == [], text
    assert long_texts.get("/api/v1/traces", params={"q": "a" * 501}).status_code == 422
    assert 'data-id="t7"' in long_texts.get("/traces", params={"q": "a" * 4000}).text  # cut to what is looked for


def test_a_browser_gets_a_page_whatever_goes_wrong(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "WAITING", 0)
    monkeypatch.setattr(places, "OF_ONE", 0)
    for address in ("/", "/traces", "/traces/stepped"):
        answer = client.get(address, headers=HTML)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
        assert answer.headers["content-type"].startswith("text/html")
        assert "requests of this project are waiting" in answer.text
    plain = client.get("/api/v1/traces", headers=HTML)
    assert (plain.status_code, plain.headers["retry-after"]) == (429, "1")
    assert plain.json()["error"]["problem"]
