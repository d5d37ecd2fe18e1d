"""The pages in a real browser. Every tab also fails its test on a console error or a violated policy."""

from __future__ import annotations

import re
from typing import Any

import pytest

from evaluator.bootstrap import Services
from evaluator.core.errors import DatabaseAway
from evaluator.web import pages
from tests.support import seed
from tests.support.browsing import CONTRAST
from tests.support.running import Running

pytestmark = pytest.mark.browser

PAGES = ("/", "/?range=24h", "/traces", "/traces?sort=worst&status=error", "/traces/stepped", "/traces/failing")


def painted(tab: Any) -> int:
    """Pixels of the first chart that are not empty."""
    script = """() => {
        const c = document.querySelector(".chart canvas");
        const data = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
        let n = 0;
        for (let i = 3; i < data.length; i += 4) n += data[i] > 0;
        return n;
    }"""
    return int(tab.page.evaluate(script))


def test_overview_shows_a_rate_and_a_chart(site: str, open_tab: Any) -> None:
    tab = open_tab(site + "/")
    assert re.fullmatch(r"\d+(\.\d+)?", tab.page.locator(".big-number").first.inner_text())
    assert tab.page.locator(".chart canvas").count() == 2
    assert painted(tab) > 10_000


def test_pointing_at_the_chart_tells_the_numbers(site: str, open_tab: Any) -> None:
    tab = open_tab(site + "/")
    box = tab.page.locator(".chart").first.bounding_box()
    tab.page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 80)
    tip = tab.page.locator(".tip:visible")
    tip.wait_for()
    text = tip.inner_text()
    assert re.search(r"\d+ % \(\d+–\d+ %\)|\d+\.\d % \(", text)
    assert re.search(r"\d+ scored of \d+ selected, \d+ settled", text)


def test_the_reader_can_ask_for_their_own_days(site: str, open_tab: Any) -> None:
    tab = open_tab(site + "/?range=7d", zone="Australia/Lord_Howe")
    tab.page.get_by_role("link", name="Australia/Lord_Howe").click()
    tab.page.wait_for_url("**/?range=7d&tz=Australia%2FLord_Howe")
    assert painted(tab) > 10_000
    box = tab.page.locator(".chart").first.bounding_box()
    tab.page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 80)
    tip = tab.page.locator(".tip:visible")
    tip.wait_for()
    assert re.match(r"\w{3} \d+ Mar Australia/Lord_Howe\n", tip.inner_text())
    tab.page.get_by_role("link", name="UTC", exact=True).click()
    tab.page.wait_for_url("**/?range=7d")
    tab.page.goto(site + "/traces")
    choice = tab.page.locator("select[name=tz] option")
    assert choice.all_text_contents() == ["UTC", "Australia/Lord_Howe"]


def test_a_chart_of_one_point_shows_it(empty_house: Services, open_tab: Any) -> None:
    seed.push_rules(empty_house)
    seed.send(empty_house, [seed.stepped()])
    seed.settle(empty_house)
    seed.score(empty_house)
    with Running(empty_house) as running:
        tab = open_tab(running.url + "/")
        tab.page.locator(".flag").first.wait_for()
        assert painted(tab) > 300
        tab.page.close()


def test_the_overview_follows_the_scoring(empty_house: Services, open_tab: Any) -> None:
    seed.push_rules(empty_house)
    seed.send(empty_house, seed.traffic(60))
    seed.settle(empty_house)
    with Running(empty_house) as running:
        tab = open_tab(running.url + "/")
        tab.page.locator("progress").wait_for()
        assert tab.page.locator(".big-number").count() == 0
        seed.score(empty_house)
        tab.page.locator(".big-number").first.wait_for(timeout=10_000)
        tab.page.get_by_text("Nothing is waiting").wait_for()
        assert painted(tab) > 3000
        tab.page.close()


def test_a_poll_that_is_refused_leaves_the_page_as_it_is(
    empty_house: Services, open_tab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any) -> Any:
        raise DatabaseAway("the database does not answer", 1)

    seed.push_rules(empty_house)
    seed.send(empty_house, seed.traffic(5))
    with Running(empty_house) as running:
        tab = open_tab(running.url + "/")
        with monkeypatch.context() as patched:
            patched.setattr(pages, "read_status", away)
            with tab.page.expect_response("**/ui/status**") as refused:
                pass
            with tab.page.expect_response("**/ui/status**") as again:
                pass
        assert (refused.value.status, again.value.status) == (503, 503)
        assert tab.page.locator("header.top").count() == 1
        assert tab.page.locator("#status").count() == 1
        with tab.page.expect_response("**/ui/status**") as answered:
            pass
        assert answered.value.status == 200
        tab.page.close()
    assert all("503" in problem for problem in tab.problems)
    tab.problems.clear()


def test_list_filters_without_a_reload_and_keeps_the_address(site: str, open_tab: Any) -> None:
    tab = open_tab(site + "/traces")
    tab.page.evaluate("window.stayed = true")
    tab.page.get_by_text("Worst first").click()
    tab.page.wait_for_url("**sort=worst**")
    tab.page.locator("select[name=prompt_version]").select_option("v2")
    tab.page.wait_for_url("**prompt_version=v2**")
    tab.page.wait_for_function("[...document.querySelectorAll('.t-prompt')].every(e => e.innerText === 'v2')")
    bars = tab.page.locator(".bd-fill").evaluate_all("bars => bars.map(b => +b.getAttribute('width'))")
    assert bars == sorted(bars, reverse=True)
    assert bars[0] > 50
    tab.page.locator("#q").fill("eight drives")
    tab.page.wait_for_url("**q=eight+drives**")
    tab.page.wait_for_function("document.querySelectorAll('.row').length < 20")
    assert tab.page.evaluate("window.stayed") is True
    shared = open_tab(tab.page.url)
    assert shared.page.locator(".row").count() == tab.page.locator(".row").count()
    assert shared.page.locator("#q").input_value() == "eight drives"


def test_back_goes_to_the_list_as_it_was(site: str, open_tab: Any) -> None:
    tab = open_tab(site + "/traces")
    tab.page.get_by_text("Worst first").click()
    tab.page.wait_for_url("**sort=worst**")
    worst = tab.page.locator(".row").first.get_attribute("data-id")
    tab.page.go_back()
    tab.page.wait_for_function("id => document.querySelector('.row').dataset.id !== id", arg=worst)
    assert tab.page.locator("#filters input[value=newest]").is_checked()


def test_keys_walk_the_list_and_its_traces(site: str, open_tab: Any) -> None:
    tab = open_tab(site + "/traces?sort=worst")
    expected = tab.page.locator(".row").nth(1).get_attribute("data-id")
    tab.page.keyboard.press("j")
    tab.page.keyboard.press("j")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url(f"**/traces/{expected}")
    tab.page.keyboard.press("k")
    tab.page.wait_for_function("id => !location.pathname.endsWith(id)", arg=expected)
    tab.page.locator("#back").click()
    tab.page.wait_for_url("**sort=worst**")


def test_marks_cover_the_right_characters_and_show_their_passage(site: str, open_tab: Any) -> None:
    tab = open_tab(site + "/traces/stepped")
    answer = tab.page.locator(".the-answer")
    assert answer.inner_text() == seed.stepped()["answer"]
    assert answer.locator("mark.contradicted").inner_text() == "costs 30 euros"
    assert answer.locator("mark.unsupported").inner_text() == "and ships today"
    styles = [
        answer.locator(f"mark.{label}").evaluate("m => getComputedStyle(m).textDecorationStyle")
        for label in ("contradicted", "unsupported")
    ]
    assert styles == ["double", "wavy"]
    assert tab.page.locator(".passage.on").count() == 0
    answer.locator("mark.contradicted").hover()
    assert tab.page.locator(".passage.on").get_attribute("data-passage") == "0"
    assert tab.page.locator(".src.on").inner_text() == "lamp costs 20 euros."
    assert "contradicted 87 % sure" in tab.page.locator(".told").inner_text()
    tab.page.mouse.move(5, 5)
    assert tab.page.locator(".src.on").count() == 0


def test_marks_work_by_keyboard_and_stay_when_kept(site: str, open_tab: Any) -> None:
    tab = open_tab(site + "/traces/stepped")
    mark = tab.page.locator("mark.unsupported")
    mark.focus()
    assert tab.page.locator(".src.on").count() == 1
    tab.page.keyboard.press("Enter")
    mark.evaluate("m => m.blur()")
    assert tab.page.locator(".src.on").count() == 1
    assert mark.get_attribute("aria-pressed") == "true"
    tab.page.keyboard.press("Escape")
    assert tab.page.locator(".src.on").count() == 0


def test_steps_open_to_their_input(site: str, open_tab: Any) -> None:
    tab = open_tab(site + "/traces/stepped")
    assert tab.page.locator(".spans summary .span-name bdi").all_inner_texts() == ["answer", "search", "chat"]
    told = tab.page.locator(".span-body .text", has_text="lamp price")
    assert not told.is_visible()
    tab.page.locator(".spans li > details > summary").nth(1).click()
    assert told.is_visible()


@pytest.mark.parametrize("width", [360, 390, 800, 1280])
def test_nothing_overflows(site: str, open_tab: Any, width: int) -> None:
    for address in PAGES:
        tab = open_tab(site + address, width=width)
        assert tab.overflow() <= 0, address


def test_dark_follows_the_system_and_the_button(site: str, open_tab: Any) -> None:
    tab = open_tab(site + "/", dark=True)
    background = "getComputedStyle(document.body).backgroundColor"
    line = "getComputedStyle(document.querySelector('.big-number')).color"
    assert tab.page.evaluate(background) == "rgb(19, 22, 27)"
    assert tab.page.evaluate(line) == "rgb(229, 232, 238)"
    before = tab.page.locator(".chart canvas").first.evaluate("c => c.toDataURL()")
    tab.page.locator("#theme").click()
    assert tab.page.evaluate(background) == "rgb(246, 246, 243)"
    assert tab.page.locator(".chart canvas").first.evaluate("c => c.toDataURL()") != before
    tab.page.reload()
    assert tab.page.evaluate(background) == "rgb(246, 246, 243)"


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_contrast(site: str, open_tab: Any, dark: bool) -> None:
    for address in (*PAGES, "/?range=7d"):
        tab = open_tab(site + address, dark=dark)
        assert tab.page.evaluate(CONTRAST) == [], address
