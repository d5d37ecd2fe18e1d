"""Drawing waves: what is in a frame, how likely each sample is, and what tasks keep of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from evaluator.core.errors import FaithlineError, InvalidInput, NotFound
from evaluator.core.ids import uniform
from evaluator.pipeline.review import draw as drawing
from evaluator.pipeline.review.design import Columns, FrozenDesign
from evaluator.pipeline.review.frame import Frame
from evaluator.pipeline.review.waves import close_wave
from evaluator.store.store import Store
from evaluator.store.tables import AnchorRow, TaskRow, WaveRow, WaveUnitRow
from tests.support.house import NOW, PROJECT, House, change, trace
from tests.support.reviewed import draw, judged, request, rows


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_everything_of_a_frame_is_decided_on_and_what_is_drawn_becomes_a_task(house: House) -> None:
    judged(house)
    found = draw(house, size=12, second_share=0.5, actor="key_1")
    units, tasks = rows(house, WaveUnitRow), rows(house, TaskRow)
    assert found.frame == len(units) == 40
    assert sum(u["probability"] for u in units) == pytest.approx(12)
    drawn = {u["target_id"] for u in units if u["drawn"]}
    firsts = {t["target_id"]: t for t in tasks if t["review"] == "first"}
    assert firsts.keys() == drawn
    assert found.drawn == found.tasks == len(drawn)
    assert {t["state"] for t in tasks if t["review"] == "second"} <= {"waiting"}
    assert found.second == len(tasks) - len(firsts)
    with house.store.read() as unit:
        wave = unit.of(PROJECT).waves.get(found.id or "")
        assert wave is not None
        assert (wave.frame, wave.drawn, wave.second) == (40, found.drawn, found.second)
        task = unit.of(PROJECT).tasks.get(next(iter(firsts.values()))["id"])
        (event,) = unit.of(PROJECT).audit.events()[:1]
    assert task is not None
    assert task["content"]["question"].startswith("question")
    assert (task["inclusion"], task["stratum"], task["cluster"]) == (1.0, "rest", 0)
    assert (event.action, event.actor, event.subject) == ("wave.draw", "key_1", found.id)
    for u in units:
        assert u["drawn"] == (uniform(wave.salt, PROJECT, u["target_id"]) < u["probability"])


def test_what_is_stored_gives_the_probabilities_again(house: House) -> None:

    judged(house)
    found = draw(house, size=9)
    with house.store.read() as unit:
        wave = unit.of(PROJECT).waves.get(found.id or "")
        (rule,) = unit.of(PROJECT).rules.active()
    assert wave is not None
    frame = Frame(project=PROJECT, rule=rule, start=wave.start, end=wave.end or NOW)
    units = [u for page in frame.pages(house.store) for u in page]
    again = FrozenDesign.of(wave.design).probabilities(Columns.of(units, None))
    stored = {u["target_id"]: u["probability"] for u in rows(house, WaveUnitRow)}
    assert {u.target_id: p for u, p in zip(units, again, strict=True)} == pytest.approx(stored)


def test_a_dry_run_stores_nothing(house: House) -> None:
    judged(house)
    found = draw(house, dry_run=True, second_share=0.2)
    assert (found.id, found.frame, found.drawn, found.second) == (None, 40, 10, 2)
    assert found.expected_half_width is not None
    assert 0.1 < found.expected_half_width < 0.4
    assert [rows(house, model) for model in (WaveRow, WaveUnitRow, TaskRow, AnchorRow)] == [[], [], [], []]


def test_the_frame_holds_what_is_final_selected_and_asked_for(house: House) -> None:
    """Failures are in it; skips, what is pending, what was not selected or began elsewhere is not."""
    judged(house, 20, prompt_version="v1")
    house.rule(name="failing", rate=1.0)
    house.feed(
        trace(101, "later, please", prompt_version="v2"), trace(102, "...", prompt_version="v2"),
        trace(103, "calm", prompt_version="v2", metadata={"region": "north"}),
        trace(20 * 24 * 60, "long ago", prompt_version="v2"),
    )  # fmt: skip
    house.clock.turn(31)
    house.control()
    assert draw(house, dry_run=True, size=5).frame == 20  # the others are pending
    for _ in range(6):
        house.score()
        house.clock.turn(3600)
    assert draw(house, dry_run=True, size=5).frame == 22
    failed = draw(house, size=100, filter=[{"field": "prompt_version", "value": "v2"}])
    assert {u["target_id"] for u in rows(house, WaveUnitRow, wave=failed.id)} == {"t101", "t103"}
    north = draw(house, dry_run=True, filter=[{"field": "metadata.region", "value": "north"}])
    assert north.frame == 1
    early = draw(house, dry_run=True, **{"from": NOW - timedelta(minutes=9), "to": NOW - timedelta(minutes=4)})
    assert early.frame == 5


def test_who_asks_for_more_than_there_is_gets_all(house: House) -> None:
    judged(house, 15)
    found = draw(house, size=1000)
    assert (found.frame, found.drawn) == (15, 15)
    assert {u["probability"] for u in rows(house, WaveUnitRow)} == {1.0}


def test_a_stratified_wave_takes_the_least_number_of_each_value(house: House) -> None:
    judged(house, 30, prompt_version="v1")
    house.feed(*(trace(100 + i, f"calm {i}", prompt_version="v2") for i in range(4)))
    house.clock.turn(31)
    house.run()
    found = draw(house, size=10, design={"kind": "stratified", "by": "prompt_version", "minimum": 4})
    assert len([t for t in rows(house, TaskRow, prompt_version="v2") if t["review"] == "first"]) == 4
    assert dict(map(tuple, found.design["rates"])) == pytest.approx({"v1": 0.2, "v2": 1.0})


def test_two_waves_know_of_each_other(house: House) -> None:
    """A task carries the probability of every wave in whose frame it lies, whichever drew it."""
    judged(house)
    first = draw(house, size=20)
    second = draw(house, size=20, **{"from": NOW - timedelta(minutes=15)})
    tasks = [t for t in rows(house, TaskRow) if t["review"] == "first"]
    assert len({t["target_id"] for t in tasks}) == len(tasks)
    units = rows(house, WaveUnitRow)
    for task in tasks:
        lies_in = {u["wave"]: u["probability"] for u in units if u["target_id"] == task["target_id"]}
        assert task["probabilities"] == pytest.approx(lies_in)
    drawn = {u["target_id"] for u in units if u["drawn"] and u["wave"] == second.id}
    before = {u["target_id"] for u in units if u["drawn"] and u["wave"] == first.id}
    assert second.tasks == len(drawn - before)


def test_a_top_up_uses_the_first_g_and_asks_so_many_more(house: House) -> None:
    judged(house, 400)
    first = draw(house, size=100)
    more = draw(house, size=60, top_up=first.id)
    assert 25 <= more.tasks <= 95
    assert {k: more.design[k] for k in ("mean", "failed", "spread")} == {
        k: first.design[k] for k in ("mean", "failed", "spread")
    }
    assert more.design["top_up"] == first.id
    assert (more.start, more.end) == (first.start, first.end)
    with pytest.raises(InvalidInput, match="design: is that of the wave"):
        draw(house, size=5, top_up=first.id, design={"kind": "uniform"})
    with pytest.raises(NotFound, match="wave 'wave-x'"):
        draw(house, size=5, top_up="wave-x")


def test_another_project_is_not_in_the_frame(house: House) -> None:
    judged(house, 10)
    judged(house, 12, project="other")
    assert draw(house, dry_run=True).frame == 10
    assert draw(house, "other", dry_run=True).frame == 12


@pytest.mark.parametrize(
    ("fields", "error", "says"),
    [
        ({"rule": "nothing"}, NotFound, "active rule 'nothing' not found"),
        ({"criterion": "unfaithful"}, InvalidInput, "the rule shouting judges 'shouts'. Give `criterion: shouts`"),
        ({"from": NOW + timedelta(days=1)}, InvalidInput, "from: must lie before"),
        ({"from": NOW - timedelta(days=3), "to": NOW - timedelta(days=2)}, InvalidInput, "from: there is no sample"),
        ({"filter": [{"field": "cost", "op": "gt", "value": "x"}]}, InvalidInput, r"filter\.0\.value: must be"),
    ],
)  # fmt: skip
def test_bad_requests_name_field_and_remedy(
    house: House, fields: dict[str, Any], error: type[FaithlineError], says: str
) -> None:
    judged(house, 5)
    with pytest.raises(error, match=says):
        draw(house, **fields)
    assert rows(house, WaveRow) == []


def test_a_draw_that_is_killed_leaves_nothing_to_be_seen(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    judged(house)

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(drawing, "_finish", killed)
        with pytest.raises(KeyboardInterrupt):
            draw(house)
    with house.store.read() as unit:
        assert unit.of(PROJECT).waves.newest() == []
    assert rows(house, TaskRow) == []
    house.clock.turn(7 * 3600)
    found = draw(house)
    assert {u["wave"] for u in rows(house, WaveUnitRow)} == {found.id}
    assert all(set(t["probabilities"]) == {found.id} for t in rows(house, TaskRow))


def test_a_draw_that_was_committed_unheard_of_is_not_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever lost the connection at the commit does it again, and is told what was drawn."""
    judged(house)
    once = Store.change
    monkeypatch.setattr(Store, "change", lambda self, work: (once(self, work), once(self, work))[1])
    found = draw(house, size=1000, second_share=1.0)
    assert found.frame == found.tasks == found.second > 0
    assert len(rows(house, TaskRow)) == 2 * found.tasks


def test_a_draw_that_was_given_up_does_not_finish(house: House) -> None:
    judged(house)
    found = draw(house)
    change(house.store, "UPDATE wave SET complete = false")
    with house.store.write() as unit:
        unit.of(PROJECT).waves.drop(found.id or "")
    with house.store.write() as unit, pytest.raises(FaithlineError, match="draw it again"):
        unit.of(PROJECT).waves.finish(found.id or "", 1, 1, 0)


def test_a_closed_wave_leaves_its_open_tasks_to_who_drew_them_as_well(house: House) -> None:
    judged(house)
    first = draw(house, size=1000, second_share=1.0)
    second = draw(house, size=15)
    done = close_wave(house.store, PROJECT, first.id or "", house.clock)
    drawn = {u["target_id"] for u in rows(house, WaveUnitRow, wave=second.id) if u["drawn"]}
    handed = rows(house, TaskRow, wave=second.id)
    assert {t["target_id"] for t in handed} == drawn
    assert {(t["review"], t["state"]) for t in handed} == {("first", "open"), ("second", "waiting")}
    assert {t["state"] for t in rows(house, TaskRow, wave=first.id)} == {"closed"}
    assert done.wave.closed_at is not None
    third = draw(house, size=1000)
    again = rows(house, TaskRow, wave=third.id)
    assert len(again) == 2 * (40 - len(drawn))
    assert {(t["review"], t["state"]) for t in again} == {("first", "open"), ("second", "waiting")}
    with pytest.raises(NotFound, match="wave 'none'"):
        close_wave(house.store, PROJECT, "none", house.clock)


def test_sizes_that_make_no_sense_are_refused() -> None:
    for wrong in ({"size": 0}, {"size": 1, "per_day": 2}, {"second_share": 1.1}, {"per_day": 3, "from": NOW}):
        with pytest.raises(ValueError, match=r"size|second_share|per_day|from"):
            request(**wrong)
