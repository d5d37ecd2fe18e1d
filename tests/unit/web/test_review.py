"""The page to label from and the page of waves, as a client without scripts sees them."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from evaluator.bootstrap import Services
from evaluator.core.access import Scope
from evaluator.core.quarantine import Kind, Step
from evaluator.core.retry import RETRY
from evaluator.ingest.clean import clean_text
from evaluator.pipeline.review.serve import BATCH, LEASE, next_task
from evaluator.pipeline.review.verdicts import give_verdict
from evaluator.store.store import Store
from evaluator.web.review.task import _passages, runs
from tests.support import seed
from tests.support.asked import Reviewer, ask, labels, task_of
from tests.support.doors import OURS, Doors, open_doors
from tests.support.running import application, text_of
from tests.support.signed_in import csrf, sign_in

HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with traffic that is scored, to be copied."""
    path = tmp_path_factory.mktemp("scored") / "scored.db"
    services = seed.open_house(path)
    seed.push_rules(services)
    seed.send(services, seed.traffic(80))
    seed.settle(services)
    seed.score(services)
    services.close()
    return path


@pytest.fixture
def asked(scored: Path, tmp_path: Path) -> Iterator[Services]:
    services = seed.open_house(Path(shutil.copy(scored, tmp_path / "asked.db")))
    yield services
    services.close()


@pytest.fixture
def client(asked: Services) -> Iterator[TestClient]:
    with TestClient(application(asked)) as found:
        yield found


@pytest.fixture
def reviewer(client: TestClient) -> Reviewer:
    return Reviewer(client)


def test_where_nobody_is_asked_the_page_says_how_to_ask(reviewer: Reviewer) -> None:
    page = reviewer.look()
    assert "Nothing to label" in page
    assert "faithline waves draw --criterion unfaithful --rule hallucination --size 100" in page
    assert "No wave yet" in reviewer.client.get("/waves").text


def test_the_page_is_blind(asked: Services, reviewer: Reviewer) -> None:
    ask(asked)
    page = reviewer.look()
    row = task_of(asked, reviewer.task or "")
    for hint in (row["trace_id"], row["target_id"], row["content_hash"], row["fingerprint"], row["series"]):
        assert hint not in page
    for hint in (row["model"], row["prompt_version"], row["stratum"], row["criterion_version"], "0.9"):
        assert not re.search(rf"\b{re.escape(hint)}\b", text_of(page)), hint
    assert 'class="m ' not in page
    assert html.escape(row["content"]["answer"]) in page
    assert "no-store" in reviewer.client.get("/review").headers["cache-control"]


def test_long_passages_are_folded_where_there_is_much_to_read() -> None:
    def folded(*lengths: int) -> list[bool]:
        return [view.long for view in _passages([{"id": None, "text": "x" * n} for n in lengths])]

    assert folded(1300) == [False]
    assert folded(4900, 100) == [False, False]
    assert folded(4900, 100, 100) == [True, False, False]


def test_verdicts_lead_from_task_to_task(asked: Services, reviewer: Reviewer) -> None:
    drawn = ask(asked, size=100)
    reviewer.look(f"/review?wave={drawn.id}")
    assert f"{drawn.drawn} in all" in text_of(reviewer.page)
    first, second = reviewer.task, None
    reviewer.send(level="unsupported", comment="no\r\nsource", spans=[{"start": 0, "end": 2}])
    second = reviewer.task
    assert second not in (None, first)
    (label,) = labels(asked)
    assert (label["level"], label["comment"], label["spans"]) == (
        "unsupported",
        "no\nsource",
        [{"start": 0, "end": 2}],
    )
    assert (label["annotator"], label["source"], label["wave"]) == ("local", "wave", drawn.id)
    reviewer.send(level="cannot_tell", spans=[{"start": 0, "end": 2}])
    assert labels(asked, task=second)[0]["answered"] == "cannot_tell"
    third = reviewer.task
    reviewer.send(do="skip")
    assert labels(asked, task=third)[0]["answered"] == "skipped"
    assert reviewer.fields()["trail"] == f"{first},{second},{third}"


def test_undo_brings_the_last_one_back_with_what_was_said(asked: Services, reviewer: Reviewer) -> None:
    ask(asked)
    reviewer.look()
    one = reviewer.task
    reviewer.send(level="contradicted", comment="<b>see</b> two", spans=[{"start": 1, "end": 5}])
    two = reviewer.task
    reviewer.send(level="supported")
    three = reviewer.task
    for task, before in ((two, one), (one, None)):
        reviewer.send(task, do="undo")
        assert reviewer.task == task
        assert reviewer.fields()["trail"] == (before or "")
    assert 'value="contradicted" data-key="4" aria-keyshortcuts="4" aria-pressed="true"' in reviewer.page
    assert "&lt;b&gt;see&lt;/b&gt; two</textarea>" in reviewer.page
    assert reviewer.fields()["spans"] == '[{"start": 1, "end": 5}]'
    assert {label["answered"] for label in labels(asked) if label["sequence"] == 1} == {"withdrawn"}
    served = {one}
    for _ in range(2):
        reviewer.send(level="supported")
        served.add(reviewer.task)
    assert served == {one, two, three}, "those that were held meanwhile come next"
    page = reviewer.send("task-" + "0" * 24, do="undo")
    assert "is gone" in page


BUYS = re.compile(r"The next \d+ labels take the interval from ± [\d.]+ to about ± [\d.]+ points\.")


def test_a_batch_ends_with_what_its_labels_changed(asked: Services, reviewer: Reviewer) -> None:
    drawn = ask(asked, size=60)
    reviewer.look(f"/review?wave={drawn.id}")
    served = 0
    while "That batch is done" not in reviewer.page:
        bad = "[[" in reviewer.page
        reviewer.send(level="unsupported" if bad else "supported")
        served += 1
    assert 0.4 * BATCH < served < 1.8 * BATCH
    said = text_of(reviewer.page)
    assert f"with {served} label" in said
    assert re.search(r"before: the evaluator alone [\d.]+ %", said)
    assert "now: corrected by people" in said
    assert BUYS.search(said)
    overview = text_of(reviewer.client.get("/?range=all").text)
    for method in ("raw", "human", "corrected", "transported"):
        assert re.search(rf"{method} (withheld|–|[\d.]+ %)", overview), method
    assert f"{served} labels" in overview
    assert BUYS.search(overview)
    address = re.search(r'id="go-on" href="([^"]+)"', reviewer.page)
    assert address is not None
    reviewer.look(html.unescape(address[1]))
    assert reviewer.task
    while reviewer.task or "That batch is done" in reviewer.page:
        if reviewer.task:
            reviewer.send(level="supported")
        else:
            reviewer.look(f"/review?wave={drawn.id}")
    assert (
        "That was the last one" in reviewer.page or "Nothing left" in reviewer.page or "Nothing to" in reviewer.page
    )
    assert len({label["task"] for label in labels(asked)}) == drawn.tasks
    assert len(labels(asked)) == drawn.tasks, "every verdict once"


def test_two_tabs_lose_no_verdict(asked: Services, client: TestClient) -> None:
    ask(asked)
    one, two = Reviewer(client), Reviewer(client)
    one.look()
    two.look()
    task = one.task
    assert two.task == task
    one.send(level="unsupported")
    page = text_of(two.send(level="unsupported"))
    assert "already" not in page, "the same again changes nothing"
    page = text_of(two.send(task, level="supported"))
    assert "You have answered that one already, perhaps in another tab: “Unsupported” stands." in page
    assert two.task == one.task != task
    assert [label["level"] for label in labels(asked)] == ["unsupported"]


def test_somebody_else_was_faster(asked: Services, reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(asked)
    reviewer.look()
    task = reviewer.task or ""
    late = seed.NOW + LEASE + timedelta(seconds=1)
    monkeypatch.setattr(seed.FixedClock, "now", lambda _: late)
    taken = next_task(asked.store, "default", "ada", asked.clock)
    assert taken is not None
    assert taken.task == task
    page = text_of(reviewer.send(task, level="supported"))
    assert "That one was given to somebody else after you had it for a while." in page
    assert reviewer.task not in (None, task)
    give_verdict(asked.store, "default", "ada", task, asked.clock, level="supported")
    page = text_of(reviewer.send(task, level="contradicted"))
    assert "Somebody else answered that one first" in page
    assert labels(asked, annotator="local") == []


def test_bad_verdicts_are_told_and_keep_what_was_typed(asked: Services, reviewer: Reviewer) -> None:
    ask(asked)
    reviewer.look()
    task = reviewer.task
    page = reviewer.send(level="wild", comment="my words")
    assert "none of the criterion unfaithful" in text_of(page)
    assert "my words</textarea>" in page
    assert reviewer.task == task
    page = text_of(reviewer.send(level="supported", spans=[{"start": 0, "end": 9999}]))
    assert "does not lie in the answer" in page
    reviewer.client.post(f"/review/{task}", data=reviewer.fields() | {"level": "supported", "spans": "{"})
    assert labels(asked) == []
    reviewer.send(level="supported")
    assert len(labels(asked)) == 1
    assert reviewer.client.post(f"/review/{reviewer.task}", content=b"x" * 3_000_000).status_code == 422


def test_among_several_waves_one_chooses(asked: Services, reviewer: Reviewer) -> None:
    one = ask(asked)
    assert 'aria-label="What to label"' not in reviewer.look()
    two = ask(asked, criterion="toxic", rule="toxicity", size=8, design={"kind": "uniform"})
    page = reviewer.look(f"/review?wave={two.id}")
    assert re.findall(r'href="/review\?wave=([^"]+)"', page) in ([one.id, two.id], [two.id, one.id])
    assert "Is the answer insulting" in page
    assert "There is no such wave" in reviewer.look("/review?wave=wave-none")
    assert reviewer.task


def test_a_name_is_kept_where_no_keys_are_asked_for(asked: Services, reviewer: Reviewer) -> None:
    ask(asked)
    for name in ("  Ada Löwe ", "bob"):
        answer = reviewer.client.post("/review/name", data={"annotator": name})
        assert answer.status_code == 200
        reviewer.page = answer.text
        reviewer.send(level="supported")
    assert [label["annotator"] for label in labels(asked)] == ["Ada Löwe", "bob"]
    refused = reviewer.client.post("/review/name", data={"annotator": "\x1b[31m"}, headers=HTML)
    assert refused.status_code == 422
    assert "must be 1 to 100 printable characters" in refused.text
    reviewer.client.cookies.clear()
    reviewer.client.cookies.set("faithline_annotator", "%00%1b")
    assert "<bdi>local</bdi>" in reviewer.look()


def test_other_sites_send_no_verdict(asked: Services, reviewer: Reviewer) -> None:
    ask(asked)
    reviewer.look()
    data = reviewer.fields() | {"level": "supported"}
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert reviewer.client.post(f"/review/{reviewer.task}", data=data, headers=headers).status_code == 403
    assert labels(asked) == []


def test_what_no_database_could_look_up_leads_nowhere(store: Store) -> None:
    with open_doors(store).client(require_keys=False) as client:
        for path in ("/review/%00", "/review/task-%00", "/waves/%00/close"):
            for do in ("verdict", "skip", "undo"):
                assert client.post(path, data={"do": do, "level": "calm"}, headers=HTML).status_code == 404
        assert client.get("/traces/%00", headers=HTML).status_code == 404
        about = {"trace": "t", "criterion": "shouts", "level": "calm", "name": "a set", "answer": "so"}
        for path in ("/ui/label", "/ui/golden"):
            for field in about:
                sent = client.post(path, data=about | {field: "\x00"}, headers=HTML)
                assert sent.status_code in (404, 422), (path, field)


def test_with_keys_the_annotator_is_the_key(doors: Doors) -> None:
    with doors.client() as client:
        sign_in(client, doors.secrets[OURS, Scope.REVIEW])
        client.follow_redirects = True
        reviewer = Reviewer(client)
        page = reviewer.look()
        assert "You label as <strong><bdi>a key</bdi>" in page
        assert "/review/name" not in page
        task = reviewer.task
        stale = client.post(f"/review/{task}", data=reviewer.fields() | {"csrf": "x", "level": "loud"})
        assert stale.status_code == 403
        client.cookies.set("faithline_annotator", "mallory")
        page = reviewer.send(level="loud")
        assert "That was the last one" in page
        assert "evaluator alone" not in page, "rates are for those who may read"
        client.get("/sign-in")
        client.post("/sign-out", data={"csrf": csrf(page)})
        client.follow_redirects = False
        signed_out = client.post(f"/review/{task}", data={"do": "undo"})
        assert (signed_out.status_code, signed_out.headers["location"]) == (303, "/sign-in?next=%2F")
    with doors.store.read() as unit:
        (label,) = unit.of(OURS).labels.of_trace(f"{OURS}-trace")
    assert label["annotator"] == "a key"


def test_waves_say_how_far_they_are_and_can_be_closed(asked: Services, reviewer: Reviewer) -> None:
    drawn = ask(asked, second_share=1.0, design={"kind": "stratified", "by": "prompt_version", "minimum": 5})
    reviewer.look()
    for level in ("supported", "unsupported", "cannot_tell"):
        reviewer.send(level=level)
    client = reviewer.client
    page = text_of(client.get("/waves").text)
    assert f"in the frame {drawn.frame} drawn {drawn.drawn} done 2 open {drawn.drawn - 2}" in page
    assert "stratified: at least 5 for each prompt version; about 30 asked for; 100 % also by a second person" in page
    assert f"0 of {drawn.drawn} done, {drawn.drawn - 2} wait for a first verdict" in page
    assert "local 3" in page
    with asked.store.write() as unit:
        aside = Step.REVIEW, Kind.WAVE, drawn.id or "", "TypeError: <b>no design</b>"
        unit.of("default").quarantine.put(*aside, asked.clock.now(), RETRY)
    assert "can not decide on what comes" in (page := client.get("/waves").text)
    assert "TypeError: &lt;b&gt;no design" in page
    assert client.get(f"/api/v1/waves/{drawn.id}").json()["trouble"] == aside[-1]
    closed = client.post(f"/waves/{drawn.id}/close", data={"do": "close"})
    assert f"unanswered {drawn.drawn - 2}" in text_of(closed.text)
    assert ">closed</span>" in closed.text
    assert "/close" not in closed.text
    page = text_of(reviewer.send(level="supported"))
    assert "was closed meanwhile" in page
    assert client.post("/waves/none/close", data={"do": "close"}, headers=HTML).status_code == 404


@pytest.mark.parametrize(
    "text",
    ["plain", "a\r\nb\rc\n", "\x1b[31mred\x07", "safe \u202egnp.exe", "👩‍👩‍👧‍👦 שלום", "", "\r", "\n\n"],
)
def test_runs_count_every_character(text: str) -> None:
    """What the page shows stands for as many characters as there are, once a browser has read it."""
    found = runs(clean_text(text))
    lengths = [len(run.shown) if run.counts is None else run.counts for run in found]
    assert sum(lengths) == len(text)
    for run in found:
        assert run.counts is not None or not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", run.shown)
    assert all(isinstance(run.shown, str) for run in found)


def test_addresses_that_make_no_sense_are_passed_over(asked: Services, client: TestClient) -> None:
    ask(asked)
    odd: dict[str, Any] = {"batch": "-1", "trail": "x,task-1,<b>", "task": "<script>", "wave": ""}
    page = client.get("/review", params=odd)
    assert page.status_code == 200
    assert "<script>" not in page.text.replace("<script src", "")
    assert 'name="trail" value=""' in page.text
