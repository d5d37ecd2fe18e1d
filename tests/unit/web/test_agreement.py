"""The page on agreement: its words, its picture, and what strangers make it show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from evaluator.bootstrap import Services
from evaluator.core.ports import NoHints
from evaluator.settings import Settings
from evaluator.stats.agreement.measure import Measure
from evaluator.stats.agreement.reliability import ReliabilityPoint
from evaluator.store.store import Store
from evaluator.web.agreement import measures
from evaluator.web.reliability import BOTTOM, LEFT, RIGHT, TOP, diagram
from tests.support.fillings import Filling
from tests.support.house import House
from tests.support.reviewed import draw, judged
from tests.support.running import Running, application
from tests.support.verdicts import answer_all

SCRIPT = "<script>window.hacked = 1</script>"


def judged_by_two(store: Store) -> House:
    """Sixty answers, of which people have judged all, and another person half."""
    house = judged(House(store), 60, prompt_version=SCRIPT)
    draw(house, size=1000, second_share=0.5)
    house.run()
    for person in ("ada", "bob"):
        answer_all(house, lambda n: "loud" if n % 8 == 0 or n % 10 == 3 else "calm", person)
    return house


@pytest.fixture
def filling() -> Filling:
    return Filling(__name__, judged_by_two)


@pytest.fixture
def labelled(sqlite_url: str, told_of: dict[str, Any]) -> Iterator[Services]:
    store = Store(sqlite_url)
    house = told_of[sqlite_url].over(store)
    settings = Settings(database_url=store.url, starter_rules=False)
    yield Services(settings, store, house.clock, NoHints())
    store.close()


def test_the_page_says_it_in_words(labelled: Services) -> None:
    with TestClient(application(labelled)) as client:
        shown = client.get("/agreement?by=prompt_version")
        assert shown.status_code == 200
        for text in (
            "The evaluator finds", "Two people give the same answer", "Every scored sample is labelled", "Threshold",
            "rd-curve", "Krippendorff", "GET /api/v1/thresholds?rule=shouting",
        ):  # fmt: skip
            assert text in shown.text, text
        assert '<a href="/agreement" aria-current="page">' in shown.text
        assert SCRIPT not in shown.text
        assert "&lt;script&gt;window.hacked" in shown.text
        assert "style=" not in shown.text


def test_what_there_is_not_is_passed_over(labelled: Services) -> None:
    with TestClient(application(labelled)) as client:
        for asked, said in (
            ("criterion=shoutz", "Did you mean shouts?"),
            ("rule=shoutin", "Did you mean shouting?"),
            ("by=modle", "Did you mean model?"),
            ("criterion=pii&rule=shouting", "shouting judges"),
        ):
            shown = client.get(f"/agreement?{asked}")
            assert shown.status_code == 200
            assert "Passed over" in shown.text
            assert said in shown.text
        empty = client.get("/agreement?criterion=pii")
        assert "No rule judges by pii yet" in empty.text


def test_nothing_labelled_yet(client: TestClient) -> None:
    """The house of the other pages, in which nobody has judged anything."""
    shown = client.get("/agreement")
    assert shown.status_code == 200
    assert "faithline waves draw --criterion" in shown.text
    assert "What labels buy" in shown.text


def test_an_empty_house(empty_house: Services) -> None:
    with TestClient(application(empty_house)) as client:
        shown = client.get("/agreement")
        assert shown.status_code == 200
        assert "No evaluator judges by this criterion" in shown.text


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_runs_off_the_page(labelled: Services, open_tab: Any, width: int) -> None:
    with Running(labelled) as running:
        tab = open_tab(running.url + "/agreement?by=prompt_version", width=width)
        tab.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        assert tab.page.evaluate("window.hacked") is None
        assert tab.overflow() <= 0
        boxes = tab.page.evaluate(
            "[...document.querySelectorAll('.reliability svg, .measures .rangebar')]"
            ".map((e) => e.getBoundingClientRect().width)"
        )
        assert min(boxes) > 40
        tab.page.close()


def test_the_axis_begins_where_the_least_interval_needs_it() -> None:
    rows = [("one", "", Measure(0.5, 0.25, 0.75)), ("two", "", Measure(reason="why"))]
    plain = measures(rows)
    assert (plain.low, plain.zero) == (0.0, 0.0)
    assert (plain.rows[0].start, plain.rows[0].width, plain.rows[0].at) == (25.0, 50.0, 50.0)
    assert (plain.rows[1].at, plain.rows[1].interval) == (None, "why")
    below = measures([*rows, ("three", "", Measure(-0.1, -0.3, 0.1))])
    assert below.low == -0.5
    assert below.zero == pytest.approx(33.33)
    assert below.rows[2].start == pytest.approx(100 * 0.2 / 1.5, abs=0.01)


def test_the_picture_is_drawn_to_scale() -> None:
    found = diagram(
        [ReliabilityPoint(0.0, 0.0, 0.0, 0.5), ReliabilityPoint(1.0, 1.0, 0.5, 1.0)], (0.0, 0.75, 0.25), 0.5
    )
    assert found is not None
    assert found.curve == f"M{LEFT:.1f} {BOTTOM:.1f}L{RIGHT:.1f} {TOP:.1f}"
    assert found.band.endswith("Z")
    assert found.bars[0].said.startswith("scores from 0.33 to 0.67: 75.0 %")
    assert found.bars[0].height == pytest.approx(3 * found.bars[1].height, abs=0.2)
    assert found.threshold == (LEFT + RIGHT) / 2
    lone = diagram([ReliabilityPoint(0.5, 0.5, None, None)], (1.0,), None)
    assert lone is not None
    assert (lone.curve, lone.band, len(lone.points)) == ("", "", 1)
    assert diagram([], (), None) is None
