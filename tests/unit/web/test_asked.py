"""What the address of a page asks for is heeded, or the page says that it was passed over."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from evaluator.bootstrap import Services
from tests.support import seed
from tests.support.doors import PUBLIC, routes
from tests.support.running import application

HTML = {"accept": "text/html"}


def ids(page: str) -> list[str]:
    return re.findall(r'data-id="([^"]+)"', page)


def passed_over(page: str) -> list[str]:
    return re.findall(r"Passed over: <bdi>(.*?)</bdi>", page)


def test_every_page_says_which_parameter_it_does_not_have(client: TestClient) -> None:
    pages = [p for m, p in routes(client) if m == "GET" and not p.startswith(("/api", "/v1"))]
    pages = [p for p in pages if p not in PUBLIC | {"/static", "/judges/{fingerprint}"} or p == "/sign-in"]
    assert len(pages) >= 7
    for path in pages:
        address = path.replace("{trace_id:path}", "trace-0317").replace("{name}", "tone")
        answer = client.get(address, params={"rnge": "7d"}, headers=HTML)
        assert "rnge: is no parameter of this page" in answer.text, path
        assert answer.status_code == (422 if path.startswith("/ui/") else 200), path


@pytest.mark.parametrize(
    "path", [
        "/", "/traces", "/traces/trace-0317", "/agreement", "/judges", "/rubrics", "/rubrics/tone", "/quarantine",
        "/sign-in", "/ui/status",
    ],
)  # fmt: skip
def test_marks_of_campaigns_change_nothing(client: TestClient, path: str) -> None:
    marks = {"utm_source": "mail", "utm_campaign": "x", "fbclid": "1", "gclid": "2"}
    answer = client.get(path, params=marks, headers=HTML)
    assert answer.status_code == 200
    assert passed_over(answer.text) == []


def test_a_wrong_filter_is_named_beside_the_list(client: TestClient) -> None:
    page = client.get("/traces", params={"enviroment": "production", "rule": "hallucination"}).text
    (said,) = passed_over(page)
    assert said.startswith("enviroment: is no parameter of this page. Did you mean environment? Use one of q, rule, ")
    assert len(ids(page)) == 50
    results = page[page.index('id="results"') :]
    assert "Passed over" in results  # so that it goes when the filters change


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sort=wurst", "sort: &#39;wurst&#39; is not an order. Did you mean worst?"),
        ("from=soon", "from: is no day"),
        ("to=9999-12-31", "to: is no day"),
        ("page=two", "page: is no number"),
        ("model=a&model=b", "model: is given 2 times"),
    ],
)
def test_a_value_that_can_not_be_read_is_named(client: TestClient, query: str, said: str) -> None:
    (found,) = passed_over(client.get(f"/traces?{query}").text)
    assert found.startswith(said)


def test_a_range_that_there_is_not_is_named(client: TestClient) -> None:
    page = client.get("/?range=9d").text
    assert passed_over(page) == [
        "range: &#39;9d&#39; is not a range of time. Use one of 24h, 7d, 14d, 30d, all."[:-1]
    ]
    assert 'href="/?range=14d" aria-current' in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "rule=halucination",
            "rule: &#39;halucination&#39; is not a rule of this project. Did you mean hallucination?",
        ),
        ("rule=toxicity&label=faithful", "label: &#39;faithful&#39; is not a label of the rule toxicity"),
        ("status=eror", "status: &#39;eror&#39; is not a status. Did you mean error?"),
        (
            "annotation=helpful",
            "annotation: &#39;helpful&#39; is not the name of a score from elsewhere or of feedback",
        ),
    ],
)
def test_a_name_that_there_is_not_shows_no_traces(client: TestClient, query: str, said: str) -> None:
    page = client.get(f"/traces?{query}").text
    assert ids(page) == []
    assert f'<p role="alert">{said}' in page
    assert "Clear the filters" in page


def test_the_list_is_filtered_by_tag_and_by_annotation(empty_house: Services) -> None:
    seed.send(empty_house, [seed.stepped() | {"tags": ["vip"]}, seed.stepped() | {"id": "other"}])
    seed.settle(empty_house)
    with TestClient(application(empty_house)) as found:
        assert ids(found.get("/traces?tag=vip").text) == ["stepped"]
        assert ids(found.get("/traces?tag=none").text) == []
        found.post("/api/v1/scores", json={"trace_id": "other", "name": "helpful", "value": 1})
        page = found.get("/traces?annotation=helpful").text
        assert ids(page) == ["other"]
        assert 'name="annotation" value="helpful"' in page
        assert '<details class="more" open>' in page
