"""A trace's page: what people said of it, and what its reader may do there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from evaluator.bootstrap import Services
from evaluator.core.access import Scope
from evaluator.pipeline.review.serve import next_task
from evaluator.pipeline.review.verdicts import give_verdict
from evaluator.pipeline.review.withdrawal import undo
from tests.support import seed
from tests.support.asked import ask, labels
from tests.support.doors import OURS, Doors
from tests.support.running import application, text_of
from tests.support.signed_in import csrf, sign_in

ANSWER = seed.stepped()["answer"]


@pytest.fixture
def house(empty_house: Services) -> Services:
    seed.push_rules(empty_house)
    seed.send(empty_house, [seed.stepped()])
    seed.settle(empty_house)
    seed.score(empty_house)
    return empty_house


@pytest.fixture
def client(house: Services) -> Iterator[TestClient]:
    with TestClient(application(house)) as found:
        yield found


def people(page: str) -> str:
    """What the page shows of them, as text."""
    return text_of(page[page.index('id="people"') : page.index("Where this came from")])


def verdict(house: Services, who: str, level: str, comment: str = "", **more: object) -> str:
    task = next_task(house.store, "default", who, house.clock)
    assert task is not None
    give_verdict(house.store, "default", who, task.task, house.clock, level=level, comment=comment, **more)  # type: ignore[arg-type]
    return task.task


def test_labels_stand_beside_the_evaluators_verdicts(house: Services, client: TestClient) -> None:
    assert "Nobody has said anything of this answer." in people(client.get("/traces/stepped").text)
    ask(house, second_share=1)
    start = ANSWER.index("30 euros")
    verdict(house, "ada", "contradicted", "see <b>passage</b> 1", spans=[{"start": start, "end": start + 8}])
    verdict(house, "bo", "minor_addition")
    page = client.get("/traces/stepped").text
    said = people(page)
    assert re.search(r"ada Contradicted first verdict wave “?30 euros”? see <b>passage</b> 1", said)
    assert "bo Harmless addition second opinion wave" in said
    assert re.search(r"Grounding in the retrieved context contradicted evaluator 0\.\d+ on 0–1", said)
    assert "Toxicity" not in said.partition("Say something")[0], "nobody was asked about it"
    assert "see &lt;b&gt;passage&lt;/b&gt; 1" in page
    assert re.search(r'<mark class="m contradicted multi"[^>]*>30 euros</mark>', page)
    assert "marked by ada" in text_of(page)
    verdict(house, "cy", "supported")
    assert "cy Supported adjudication" in people(client.get("/traces/stepped").text)


def test_what_was_taken_back_is_not_shown(house: Services, client: TestClient) -> None:
    ask(house)
    task = verdict(house, "ada", "contradicted", "hasty")
    assert "hasty" in client.get("/traces/stepped").text
    undo(house.store, "default", "ada", task, house.clock)
    assert "hasty" not in client.get("/traces/stepped").text


def test_simulated_labels_and_those_of_earlier_content_say_so(house: Services, client: TestClient) -> None:
    ask(house)
    verdict(house, "truth", "contradicted", "by the book")
    with house.store.write() as unit:
        row = unit.of("default").labels.of_trace("stepped")[0]
        unit.of("default").labels.revise(row | {"annotator": "demo-truth", "simulated": True})
    assert re.search(r"demo-truth simulated Contradicted", people(client.get("/traces/stepped").text))
    seed.send(house, [seed.stepped() | {"answer": "It costs 20 euros."}])
    seed.settle(house)
    page = client.get("/traces/stepped").text
    assert "Nobody has said anything of this answer." in people(page)
    assert "by the book" in page.partition("Labels of earlier content")[2]


def test_a_reader_says_that_an_answer_is_wrong(house: Services, client: TestClient) -> None:
    page = client.get("/traces/stepped").text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.partition('"/ui/label"')[2]))
    fields = {name: fields[name] for name in ("csrf", "trace", "target", "content")} | {"criterion": "unfaithful"}
    answer = client.post("/ui/label", data=fields | {"level": "contradicted", "comment": "20, not 30"})
    assert "Your label is kept. It enters no rate" in people(answer.text)
    assert "local Contradicted of this page 20, not 30" in people(answer.text)
    (label,) = labels(house)
    assert (label["source"], label["task"], label["wave"]) == ("trace", None, None)
    refused = client.post("/ui/label", data=fields | {"level": "wild", "comment": "kept words"})
    assert refused.status_code == 422
    assert "none of the criterion unfaithful" in text_of(refused.text)
    assert 'value="kept words"' in refused.text
    stale = client.post("/ui/label", data=fields | {"level": "supported", "content": "older"})
    assert "is of something that this answer held before" in text_of(stale.text)
    assert (
        client.post("/ui/label", data=fields | {"trace": "none"}, headers={"accept": "text/html"}).status_code == 404
    )
    foreign = client.post("/ui/label", data=fields, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert len(labels(house)) == 1


def test_one_click_puts_an_answer_into_a_golden_set(
    house: Services, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = client.get("/traces/stepped").text
    target = re.search(r'name="target" value="([^"]*)"', page)
    assert target is not None
    fields = {"trace": "stepped", "target": target[1], "answer": ANSWER}
    done = client.post("/ui/golden", data=fields | {"new": "shop"})
    assert "The answer stands in the golden set." in people(done.text)
    assert "<option>shop</option>" in done.text
    later = seed.NOW.replace(minute=59)
    monkeypatch.setattr(seed.FixedClock, "now", lambda _: later)
    client.post("/ui/golden", data=fields | {"name": "shop", "answer": "The lamp costs 20 euros.\r\nIt is of oak."})
    (item,) = client.get("/api/v1/golden-sets/shop").json()["items"]
    assert item == {
        "id": "stepped", "prompt": "What does the lamp cost?", "tags": [],
        "responses": [ANSWER, "The lamp costs 20 euros.\nIt is of oak."],
        "context": "The lamp costs 20 euros.\n\nIt is made of oak.",
    }  # fmt: skip
    refused = client.post("/ui/golden", data=fields | {"new": "No Name", "answer": "typed </textarea> by hand"})
    assert refused.status_code == 422
    assert "typed &lt;/textarea&gt; by hand</textarea>" in refused.text
    assert len(client.get("/api/v1/golden-sets").json()) == 2


def test_forms_of_a_signed_in_admin_carry_their_token(doors: Doors) -> None:
    with doors.client() as client:
        sign_in(client, doors.secrets[OURS, Scope.ADMIN])
        page = client.get(f"/traces/{OURS}-trace").text
        fields = {"trace": f"{OURS}-trace", "answer": "x", "new": "kept"}
        assert client.post("/ui/golden", data=fields | {"csrf": "x"}).status_code == 403
        assert client.post("/ui/golden", data=fields | {"csrf": csrf(page)}).status_code == 303
        with doors.store.read() as unit:
            assert {found.name for found in unit.of(OURS).golden_sets.versions()} == {f"{OURS}-set", "kept"}
            (event,) = [e for e in unit.of(OURS).audit.events() if e.action == "golden_set.add"]
        assert event.actor == doors.keys[OURS, Scope.ADMIN].id
