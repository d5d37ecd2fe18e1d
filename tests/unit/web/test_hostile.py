"""Traces that would like to run something, to break out of an attribute, or to lie about what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from evaluator.bootstrap import Services
from evaluator.store.repositories.traces.lists import TraceFilter
from evaluator.web.listing import trace_href
from tests.support import seed
from tests.support.asked import ask, task_of
from tests.support.running import Running, application

SCRIPT = "<script>window.hacked = 1; alert(1)</script>"
IMAGE = '"><img src=x onerror="window.hacked = 1"><b id=injected>'
FRAME = "<iframe srcdoc='<script>parent.hacked = 1</script>'></iframe></textarea></title></script>"
HTMX = "<div hx-get='/ui/status' hx-trigger='load' hx-on:click='window.hacked = 1'></div>"
TEMPLATE = "{{ 7 * 7 }} {% include 'base.html' %} ${7 * 7}"
TEXTS = {
    "script": SCRIPT,
    "image": IMAGE,
    "frame": FRAME,
    "htmx": HTMX,
    "template": TEMPLATE,
    "override": "safe \u202egnp.exe\u202c and \u2066isolated\u2069 \u200b\ufeff",
    "nul": "a\x00b\x08c\x1b[31md\ud800e",
    "emoji": "👩‍👩‍👧‍👦 [[𝒜𝒷 🏳️‍🌈]] שלום <<עולם>> ",
    "huge": "<i>x</i>" * 12_500,
    "word": "x" * 100_000,
}


def hostile(name: str, text: str) -> dict[str, Any]:
    return {
        "id": f"{name}/?# {text[:60]}".replace("\ud800", "?"),
        "name": text[:150],
        "question": text,
        "answer": f"{text} <<{text[:200]}>> [[{text[:50]}]]",
        "context": [{"id": text[:80], "text": text}, text[:1000]],
        "system_prompt": text[:500],
        "tool_calls": [
            {"name": text[:150], "arguments": text[:20_000], "result": text[:5000]},
            {"name": "tool", "error": text[:5000]},
        ],
        "model": text[:80],
        "prompt_version": text[:80],
        "environment": text[:80],
        "session": text[:80],
        "user": text[:80],
        "tags": [text[:80]],
        "metadata": {text[:80]: text[:200], "nested": {"a": [text[:50]]}},
        "start_time": seed.NOW.isoformat(),
        "spans": [
            {"span_id": "s", "name": text[:80], "kind": "llm", "input": text, "output": text, "error": text[:100]}
        ],
    }


@pytest.fixture(scope="module")
def hostile_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    services = seed.open_house(tmp_path_factory.mktemp("hostile") / "hostile.db")
    seed.push_rules(services)
    seed.send(services, [hostile(name, text) for name, text in TEXTS.items()])
    seed.settle(services)
    seed.score(services)
    with services.store.write() as unit:
        rows = unit.of("default").views.samples(hostile("script", SCRIPT)["id"])
        assert rows
        label = {"target_kind": "answer", "criterion": IMAGE, "annotator": SCRIPT, "sequence": 0, "bad": 1.0}
        unit.of("default").labels.add(
            [
                label
                | {"project": "default", "target_id": r["target_id"], "content_hash": r["content_hash"]}
                | {"trace_id": r["trace_id"], "comment": FRAME, "created_at": seed.NOW, "spans": []}
                for r in rows
            ]
        )
    yield services
    services.close()


def addresses(services: Services) -> list[str]:
    """Where the traces are, by the ids that they were stored under."""
    with services.store.read() as unit:
        rows = unit.of("default").views.traces(TraceFilter())
    assert len(rows) == len(TEXTS)
    return [trace_href(row["id"]) for row in rows]


def test_every_hostile_trace_has_its_page(hostile_house: Services) -> None:
    with TestClient(application(hostile_house)) as client:
        for address in ("/", "/traces", *addresses(hostile_house)):
            answer = client.get(address)
            assert answer.status_code == 200, address
            for text in (SCRIPT, IMAGE, FRAME, HTMX, "<i>x</i>"):
                assert text not in answer.text
            shown = re.sub(r'"[^"]*"', '""', answer.text)
            for text in ("\x00", "\x1b", "\u202e"):
                assert text not in shown
            assert "49" not in answer.text.partition("{{ 7 * 7 }}")[2][:4]


def test_hostile_addresses(hostile_house: Services) -> None:
    with TestClient(application(hostile_house)) as client:
        for text in TEXTS.values():
            short = text[:300].encode("utf-8", "replace").decode()
            params = dict.fromkeys(("q", "rule", "label", "model", "session", "sort", "range", "seen", "from"), short)
            others = ("tag", "annotation", "page", "next", "wave", "trail", "batch", "version", "to", "done")
            params |= dict.fromkeys((short, *others), short)
            known = {"/ui/status": ("seen",), "/ui/series": ("range",)}
            pages = ("/", "/traces", "/agreement", "/judges", "/quarantine", "/review", "/waves")
            for address in (*pages, "/rubrics", "/rubrics/tone", "/sign-in", "/ui/status", "/ui/series"):
                asked = dict.fromkeys(known.get(address, params), short)
                answer = client.get(address, params=asked)
                assert answer.status_code == 200
                assert SCRIPT not in answer.text
                assert IMAGE not in answer.text


@pytest.mark.browser
def test_nothing_runs_and_nothing_is_injected(hostile_house: Services, open_tab: Any) -> None:
    with Running(hostile_house) as running:
        for address in ("/", "/traces", *addresses(hostile_house), "/traces/%3Cscript%3Ealert(1)%3C/script%3E"):
            tab = open_tab(running.url + address, width=390)
            page = tab.page
            page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
            for mark in page.locator("mark.m").all()[:3]:
                mark.hover()
            page.wait_for_timeout(50)
            assert page.evaluate("window.hacked") is None, address
            found = "main :is(script:not([type='application/json']), img, iframe, [onerror], [srcdoc])"
            assert page.evaluate(f'document.querySelectorAll("{found}").length') == 0, address
            assert page.locator("#injected").count() == 0
            assert tab.overflow() <= 0, address
            if address.endswith("script%3E"):
                tab.problems.clear()  # the browser notes the 404 that this is
            page.close()


@pytest.mark.browser
def test_marks_count_characters_as_python_does(hostile_house: Services, open_tab: Any) -> None:
    with Running(hostile_house) as running:
        tab = open_tab(running.url + trace_href(hostile("emoji", TEXTS["emoji"])["id"]))
        texts = tab.page.locator(".the-answer mark.unsupported").all_inner_texts()
        assert texts[0] == "𝒜𝒷 🏳️‍🌈"
        assert tab.page.locator(".the-answer mark.contradicted").first.inner_text() == "עולם"
        tab.page.close()


COUNTED = """[...document.querySelector('#answer').childNodes].reduce(
    (n, e) => n + (e.dataset?.n ? Number(e.dataset.n) : [...e.textContent].length), 0)"""
"""Characters of the answer of a task, as its page counts them."""


@pytest.mark.browser
def test_hostile_tasks_are_labelled_like_any_other(
    hostile_house: Services, open_tab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seed.FixedClock, "now", lambda _: seed.NOW + timedelta(minutes=1))
    ask(hostile_house, size=100)
    with Running(hostile_house) as running:
        tab, seen = open_tab(running.url + "/review", width=390), 0
        while tab.page.locator("#task").count():
            for text in ("\x00", "\x1b", "\u202e"):
                assert text not in tab.page.locator("#task").inner_text()
            assert tab.page.evaluate("window.hacked") is None
            assert tab.page.locator("#desk :is(script, img, iframe, b, i)").count() == 0
            assert tab.overflow() <= 0
            task = tab.page.locator("#task").get_attribute("action")
            answer = task_of(hostile_house, task.removeprefix("/review/"))["content"]["answer"]
            assert tab.page.evaluate(COUNTED) == len(answer)
            tab.page.keyboard.press("4")
            tab.page.wait_for_function("task => !document.querySelector(`[action='${task}'] #answer`)", arg=task)
            seen += 1
        assert seen == len(TEXTS)
        tab.page.close()
