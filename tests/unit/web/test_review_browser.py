"""Labelling in a real browser: keys alone, marks by selecting, and what hostile texts make of it."""

from __future__ import annotations

from typing import Any

import pytest

from evaluator.bootstrap import Services
from evaluator.pipeline.review.serve import BATCH
from tests.support import seed
from tests.support.asked import ask, labels
from tests.support.browsing import CONTRAST
from tests.support.running import Running

pytestmark = pytest.mark.browser

TRICKY = "👩‍👩‍👧‍👦 costs\r\n𝒜𝒷 \x1b[31mred\x07 \u202egnp.exe and <b>ten</b> שלום euros."
SELECT = """([from, to]) => {
    const answer = document.querySelector("#answer");
    const walker = document.createTreeWalker(answer, NodeFilter.SHOW_TEXT);
    let range = document.createRange();
    while (walker.nextNode()) {
        const at = walker.currentNode.data.indexOf(from), end = walker.currentNode.data.indexOf(to);
        if (at >= 0) range.setStart(walker.currentNode, at);
        if (end >= 0) range.setEnd(walker.currentNode, end + to.length);
    }
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    answer.dispatchEvent(new PointerEvent("pointerup", { bubbles: true, pointerType: "mouse" }));
    return new Promise((marked) => setTimeout(marked));  // after the page's own, which marks
}"""


@pytest.fixture
def asked(empty_house: Services) -> Services:
    return scored(empty_house, 60)


def scored(house: Services, traces: int) -> Services:
    seed.push_rules(house)
    seed.send(house, seed.traffic(traces))
    seed.settle(house)
    seed.score(house)
    return house


def answered(tab: Any, key: str) -> None:
    """Press a key and wait for what follows."""
    before = tab.page.locator("#desk").inner_html()
    tab.page.keyboard.press(key)
    tab.page.wait_for_function(
        "before => !document.querySelector('.is-sent') && document.querySelector('#desk').innerHTML !== before",
        arg=before,
    )


def tasks(tab: Any) -> str:
    return str(tab.page.locator("#task").get_attribute("action"))


def test_ten_tasks_with_the_keyboard_alone(empty_house: Services, open_tab: Any) -> None:
    asked = scored(empty_house, 20)
    drawn = ask(asked, size=20)  # all of them: how many a smaller draw takes is left to chance
    assert 10 < drawn.tasks <= BATCH
    with Running(asked) as running:
        tab = open_tab(f"{running.url}/review?wave={drawn.id}")
        tab.page.evaluate("window.stayed = true")
        tab.page.keyboard.press("m")
        tab.page.keyboard.press("ArrowRight")
        tab.page.keyboard.press("Shift+ArrowRight")
        tab.page.keyboard.press("Enter")
        tab.page.keyboard.press("Escape")
        marked = tab.page.locator("mark.mine").inner_text()
        tab.page.keyboard.press("n")
        tab.page.keyboard.type("1 note, 2 lines")
        tab.page.keyboard.press("Escape")
        first = tasks(tab)
        answered(tab, "3")
        second = tasks(tab)
        assert second != first
        answered(tab, "u")
        assert tasks(tab) == first
        assert tab.page.locator("mark.mine").inner_text() == marked
        assert tab.page.locator("#note textarea").input_value() == "1 note, 2 lines"
        assert tab.page.locator(".choice[aria-pressed=true]").inner_text().startswith("3")
        answered(tab, "4")
        for key in ("1", "2", "c", "x", "s", "1", "1", "1", "1"):
            answered(tab, key)
        assert tab.page.evaluate("window.stayed") is True
        said = {row["task"]: row for row in labels(asked) if row["answered"] != "withdrawn"}
        assert len(said) == 10
        one = said[first.removeprefix("/review/")]
        assert (one["level"], one["comment"]) == ("contradicted", "1 note, 2 lines")
        answer = next(t["answer"] for t in seed.traffic(20) if t["id"] == one["trace_id"])
        assert [answer[s["start"] : s["end"]] for s in one["spans"]] == [marked]
        kinds = sorted(row["answered"] for row in said.values())
        assert kinds == ["cannot_tell", "does_not_apply", *["level"] * 7, "skipped"]
        while tab.page.locator("#task").count():
            answered(tab, "1")
        assert "That was the last one" in tab.page.locator("h1").inner_text()
        assert "now: corrected by people" in tab.page.locator(".changed").inner_text()
        answered(tab, "u")
        assert tab.page.locator("#task").count() == 1
        answered(tab, "2")
        tab.page.get_by_role("link", name="Overview").last.click()
        tab.page.wait_for_url(running.url + "/")
        tab.page.close()


def test_marks_by_selecting_count_characters_as_python_does(empty_house: Services, open_tab: Any) -> None:
    seed.push_rules(empty_house)
    seed.send(empty_house, [seed.stepped() | {"answer": TRICKY}])
    seed.settle(empty_house)
    seed.score(empty_house)
    ask(empty_house)
    with Running(empty_house) as running:
        tab = open_tab(running.url + "/review")
        with empty_house.store.read() as unit:
            answer = unit.of("default").views.samples("stepped")[0]["answer"]
        for words in (("costs", "𝒷"), ("red", "red"), ("gnp", ".exe"), ("ten", "ten"), ("euros", "euros")):
            tab.page.evaluate(SELECT, list(words))
        assert tab.page.locator("#marks-list button").count() == 5
        tab.page.locator("mark.mine", has_text="ten").click()
        assert tab.page.locator("#marks-list button").count() == 4
        tab.page.locator("#marks-list button", has_text="gnp.exe").click()
        tab.page.locator("mark.mine", has_text="euros").focus()
        tab.page.keyboard.press("Delete")
        tab.page.evaluate(SELECT, ["euros", "euros"])
        tab.page.evaluate(SELECT, ["𝒷", "red"])
        answered(tab, "4")
        (label,) = labels(empty_house)
        marked = [answer[s["start"] : s["end"]] for s in label["spans"]]
        end = answer.index("red") + 3
        assert marked == [answer[answer.index("costs") : end], "euros"], "marks that overlap are one"
        tab.page.close()


def test_what_is_not_taken_is_not_lost(asked: Services, open_tab: Any) -> None:
    ask(asked)
    with Running(asked) as running:
        tab, other = open_tab(running.url + "/review"), open_tab(running.url + "/review")
        answered(other, "2")
        tab.page.keyboard.press("n")
        tab.page.keyboard.type("a note")
        tab.page.keyboard.press("Escape")
        # Of requests that a browser is told to abort, now and then one goes through.
        tab.page.evaluate("() => { window.kept = fetch; window.fetch = () => Promise.reject(new TypeError()); }")
        tab.page.keyboard.press("1")
        tab.page.get_by_text("The service does not answer.").wait_for()
        assert tab.page.locator("#note textarea").input_value() == "a note"
        tab.page.evaluate("() => { window.fetch = window.kept; }")
        answered(tab, "1")
        assert "“Harmless addition” stands" in tab.page.locator("#desk .notice").inner_text()
        assert not tab.page.locator("#trouble").is_visible()
        assert [row["level"] for row in labels(asked)] == ["minor_addition"]
        tab.page.close()
        other.page.close()


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_every_width_and_has_contrast(asked: Services, open_tab: Any, dark: bool) -> None:
    ask(asked, second_share=1)
    ask(asked, criterion="toxic", rule="toxicity", size=8)
    with Running(asked) as running:
        for width in (360, 1280):
            for address in ("/review", "/waves"):
                tab = open_tab(running.url + address, width=width, dark=dark)
                tab.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
                assert tab.overflow() <= 0, (address, width)
                assert tab.page.evaluate(CONTRAST) == [], (address, width)
                tab.page.close()


def test_without_scripts_forms_do_it(asked: Services, chromium: Any) -> None:
    ask(asked)
    with Running(asked) as running:
        context = chromium.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(running.url + "/review")
        for name in ("Supported", "Unsupported", "Cannot tell", "Undo last", "Skip"):
            before = page.locator("#task").get_attribute("action")
            page.get_by_role("button", name=name).first.click()
            assert page.locator("#task").get_attribute("action") != before
        context.close()
    kinds = [row["answered"] for row in labels(asked)]
    assert sorted(kinds) == ["cannot_tell", "level", "level", "skipped", "withdrawn"]
