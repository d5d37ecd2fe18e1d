"""Agreement from a wave and its verdicts: every version on the same samples, weighted by how they were drawn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from evaluator.core.errors import InvalidInput
from evaluator.pipeline.calibration import judged as reading
from evaluator.pipeline.calibration.agreement import AgreementAnswer, read_agreement
from evaluator.pipeline.review.draw import draw_wave
from evaluator.pipeline.review.serve import next_task
from evaluator.pipeline.review.upkeep import Anchoring
from evaluator.pipeline.review.verdicts import give_verdict, skip
from evaluator.pipeline.review.withdrawal import undo
from evaluator.stats.agreement.evaluator import Agreement
from evaluator.store.tables import AnchorRow, TaskRow
from tests.support.fillings import Filling
from tests.support.house import NOW, PROJECT, House, change, trace
from tests.support.reviewed import draw, judged, push_criterion, request, rows
from tests.support.verdicts import answer_all

TRACES = 80


def is_loud(number: int) -> bool:
    """By the evaluator; see `support.reviewed.judged`."""
    return number % 4 == 0


def is_bad(number: int) -> bool:
    """By people: half of the loud ones, and one in ten of all."""
    return number % 8 == 0 or number % 10 == 3


def level(number: int) -> str:
    return "loud" if is_bad(number) else "calm"


@pytest.fixture
def filling() -> Filling:
    return Filling(__name__, lambda store: judged(House(store), TRACES, prompt_version="v1"))


@pytest.fixture
def house(begun: House) -> House:
    return begun


def read(house: House, project: str = PROJECT, criterion: str | None = "shouts", **asked: Any) -> AgreementAnswer:
    with house.store.read() as unit:
        return read_agreement(unit, project, criterion, **asked)


def only(answer: AgreementAnswer) -> Agreement:
    (version,) = answer.versions
    assert version.agreement is not None
    return version.agreement


def test_where_everything_is_labelled_counts_are_the_truth(house: House) -> None:
    draw(house, size=1000, second_share=0.0)
    house.run()
    assert answer_all(house, level) == TRACES
    found = read(house)
    own = only(found)
    numbers = range(TRACES)
    counts = tuple(
        tuple(sum(is_loud(n) is flagged and is_bad(n) is bad for n in numbers) for bad in (False, True))
        for flagged in (False, True)
    )
    assert own.confusion.counts == counts
    assert own.confusion.sensitivity.value == pytest.approx(counts[1][1] / sum(map(is_bad, numbers)))
    assert own.confusion.bad.value == pytest.approx(sum(map(is_bad, numbers)) / TRACES)
    assert own.confusion.sensitivity.low < own.confusion.sensitivity.value < own.confusion.sensitivity.high
    assert (found.asked.samples, found.asked.judged, found.asked.waiting) == (TRACES, TRACES, 0)
    assert own.clusters == TRACES, "traces without a session or a user stand alone"
    (version,) = found.versions
    assert version.words[0] == "The evaluator finds 6 of 10 bad answers (31 to 78 %) and flags 2 of 10 good ones."
    assert sum(version.histogram) == pytest.approx(1.0)
    assert (version.active, version.threshold, version.rules) == (True, 0.5, ("shouting",))
    assert found.notes == ()


def test_samples_weigh_what_they_stand_for(house: House) -> None:
    """A quarter of the 80 of v1 is drawn, of which a quarter is loud, and half of the 40 of v2, which all are."""
    for number in range(TRACES, TRACES + 40):
        house.feed(trace(number, f"A LOUD ANSWER {number}", prompt_version="v2"))
    house.clock.turn(31)
    house.run()
    draw(house, size=40, second_share=0.0, design={"kind": "stratified", "by": "prompt_version", "minimum": 20})
    house.run()
    answer_all(house, level)
    weight = {int(t["content"]["answer"].split()[-1]): 1.0 / next(iter(t["probabilities"].values()))
              for t in rows(house, TaskRow)}  # fmt: skip
    assert {round(w) for w in weight.values()} == {2, 4}
    flagged = {n: is_loud(n) or n >= TRACES for n in weight}
    found = only(read(house)).confusion
    assert found.flagged.value == pytest.approx(sum(weight[n] * flagged[n] for n in weight) / sum(weight.values()))
    assert found.flagged.value < sum(flagged.values()) / len(weight) - 0.05, "v2 is over-represented among the labels"
    bad = {n: w for n, w in weight.items() if is_bad(n)}
    hits = sum(w for n, w in bad.items() if flagged[n])
    assert found.sensitivity.value == pytest.approx(hits / sum(bad.values()))


def test_those_who_answer_stand_for_those_of_their_stratum_who_do_not(house: House) -> None:
    """All loud ones are answered, half of the calm ones: the evaluator flags as many as it does."""
    house.rule(strata=[{"name": "one", "when": [{"field": "prompt_version", "value": "v2"}], "rate": 1.0}])
    for number in range(TRACES, TRACES + 40):
        house.feed(trace(number, f"A LOUD ANSWER {number}", prompt_version="v2"))
    house.clock.turn(31)
    house.run()
    draw(house, size=1000, second_share=0.0, design={"kind": "uniform"})
    house.run()
    done = 0
    while (task := next_task(house.store, PROJECT, "ada", house.clock)) is not None:
        number = int(task.answer.split()[-1])
        if number >= TRACES and number % 2:
            for person in ("ada", "bob", "cleo"):
                if person != "ada":
                    assert next_task(house.store, PROJECT, person, house.clock) is not None
                skip(house.store, PROJECT, person, task.task, house.clock)
        else:
            give_verdict(house.store, PROJECT, "ada", task.task, house.clock, level="calm")
        done += 1
    found = read(house)
    assert found.asked.no_answer == 20
    assert only(found).confusion.flagged.value == pytest.approx((20 + 40) / 120)


def test_versions_are_measured_on_the_same_samples(house: House) -> None:
    draw(house, size=1000, second_share=0.0)
    house.run()
    answer_all(house, level)
    house.rule(parameters={"note": "two"}, criterion={"name": "shouts", "threshold": 0.0})
    Anchoring(house.store, house.clock).step()
    house.run()
    new, old = read(house).versions
    assert (new.active, old.active, new.threshold, old.threshold) == (True, False, 0.0, 0.5)
    assert new.agreement is not None
    assert old.agreement is not None
    assert new.agreement.pairs == old.agreement.pairs == TRACES
    assert new.agreement.confusion.sensitivity.value == pytest.approx(1.0), "it flags everything"
    assert new.agreement.brier == old.agreement.brier, "the same scores, another line"
    (chosen,) = read(house, fingerprint=old.fingerprint).versions
    assert chosen == old


def test_the_rules_of_a_version_begin_with_one_that_pins_it_now(house: House) -> None:
    """The page and the command ask by that name for its threshold and its budget."""
    draw(house, size=1000, second_share=0.0)
    house.run()
    answer_all(house, level)
    house.clock.turn(60)
    house.rule(name="other")
    house.clock.turn(60)
    house.rule(name="other", parameters={"note": "two"})
    (version,) = (v for v in read(house).versions if v.agreement is not None)
    assert (version.active, version.rules) == (True, ("shouting", "other"))


def test_an_evaluator_is_asked_of_what_was_judged(house: House) -> None:
    """A score of another content of the sample says nothing of the verdict."""
    draw(house, size=1000, second_share=0.0)
    house.run()
    answer_all(house, level, most=10)
    with house.store.write() as unit:
        (one, two, *_) = rows(house, AnchorRow)
        unit.of(PROJECT).anchors.save([
            {k: v for k, v in row.items() if k != "project"} | change
            for row, change in ((one, {"reason": "timeout", "value": None}), (two, {"reason": "no_context"}))
        ])  # fmt: skip
    answer_all(house, level)
    (version,) = read(house).versions
    assert (version.failed, version.skipped, version.unscored) == (1, 1, 0)
    assert version.agreement is not None
    assert version.agreement.pairs == TRACES - 2


def test_people_agree_and_first_verdicts_are_overturned(house: House) -> None:
    draw(house, size=1000, second_share=1.0)
    house.run()
    answer_all(house, level)
    # The second person calls every twentieth loud, which it is not by the first.
    assert answer_all(house, lambda n: "loud" if n % 20 == 5 else level(n), "bob") == TRACES
    assert answer_all(house, lambda n: "loud" if n == 5 else "calm", "cleo") == 4
    people = read(house).people
    assert people is not None
    assert people.between.paired == TRACES
    assert people.between.annotators == 2, "those who decide are asked only where two differ"
    assert people.between.right.value == pytest.approx(76 / 80)
    wrong = people.overturned
    assert (wrong.samples, wrong.differing, wrong.decided) == (80, 4, 4)
    assert wrong.missed.value == pytest.approx(1 / 80)
    assert wrong.false_alarms.value == pytest.approx(0.0)
    assert people.words[0] == "Two people give the same answer on 19 of 20 samples."


def test_the_second_look_at_a_part_stands_for_all(house: House) -> None:
    draw(house, size=1000, second_share=0.5)
    house.run()
    answer_all(house, level)
    seconds = answer_all(house, level, "bob")
    assert 20 < seconds < 60
    people = read(house).people
    assert people is not None
    assert people.between.paired == seconds
    assert people.between.right.value == pytest.approx(1.0)
    assert people.between.right.low < 1.0


def test_what_is_no_verdict_is_counted(house: House) -> None:
    draw(house, size=1000, second_share=0.0)
    house.run()
    for said in ("does_not_apply", "cannot_tell", "calm", "loud"):
        task = next_task(house.store, PROJECT, "ada", house.clock)
        assert task is not None
        give_verdict(house.store, PROJECT, "ada", task.task, house.clock, level=said)
    undo(house.store, PROJECT, "ada", task.task, house.clock)
    asked = read(house).asked
    assert (asked.judged, asked.outside, asked.waiting) == (1, 1, TRACES - 2)
    assert asked.samples == asked.judged + asked.outside + asked.waiting + asked.no_answer
    change(house.store, "UPDATE label SET bad = 7 WHERE level IS NOT NULL")
    asked = read(house, by="model").asked
    assert (asked.judged, asked.unusable) == (0, 1)


def test_parts_by_a_dimension(house: House) -> None:
    for number in range(TRACES, TRACES + 20):
        house.feed(trace(number, f"a calm answer {number}"))
    house.clock.turn(31)
    house.run()
    draw(house, size=1000, second_share=0.0)
    house.run()
    answer_all(house, level)
    (version,) = read(house, by="prompt_version").versions
    assert [(part.value, part.agreement.pairs) for part in version.by] == [("v1", TRACES), (None, 20)]
    assert version.by[1].agreement.confusion.flagged.value == 0.0


def test_a_window_holds_the_traces_that_began_in_it(house: House) -> None:
    draw(house, size=1000, second_share=0.0)
    house.run()
    answer_all(house, level)
    starts = sorted(task["at"] for task in rows(house, TaskRow))
    first = read(house, start=starts[0], end=starts[-1])
    assert first.asked.samples == sum(at < starts[-1] for at in starts)
    assert read(house, end=NOW - timedelta(days=100)).asked.samples == 0


def test_only_the_newest_are_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    draw(house, size=1000, second_share=0.0)
    house.run()
    answer_all(house, level)
    monkeypatch.setattr(reading, "MOST", 30)
    found = read(house)
    assert (found.asked.samples, found.asked.cut_off) == (30, True)
    assert any("Only the newest" in note for note in found.notes)


def test_a_sample_of_two_rules_is_one_pair(house: House) -> None:
    """Another rule with the same evaluator and another line: a series of its own over the same answers."""
    house.rule(name="stricter", criterion={"name": "shouts", "threshold": 0.2})
    for number in range(TRACES, TRACES + 20):
        house.feed(trace(number, f"a calm answer {number}"))
    house.clock.turn(31)
    house.run()
    draw(house, size=1000, second_share=0.0)
    draw(house, size=1000, second_share=0.0, rule="stricter")
    house.run()
    answer_all(house, level)
    found = read(house)
    assert found.asked.samples == found.asked.judged == TRACES + 20
    assert [version.rules for version in found.versions] == [("stricter",), ("shouting",)]
    assert all(v.agreement is not None and v.agreement.pairs == TRACES + 20 for v in found.versions)
    assert [v.rules for v in read(house, rule="stricter").versions] == [("stricter",)]


def test_without_labels_it_says_how_to_begin(house: House) -> None:
    found = read(house)
    assert found.people is None
    assert found.versions[0].agreement is None
    (note,) = found.notes
    assert "faithline waves draw --criterion shouts --rule shouting" in note
    draw(house, size=10)
    house.run()
    assert "wait for somebody to judge them" in read(house).notes[0]
    assert "No rule judges by pii yet" in read(house, criterion="pii").notes[0]


def test_nobody_needs_to_name_a_criterion(house: House) -> None:
    assert read(house, criterion=None, rule="shouting").criterion == "shouts"
    draw(house, size=10)
    assert read(house, criterion=None).criterion == "shouts", "the last that people were asked about"


def test_simulated_labels_are_said_to_be(house: House) -> None:
    draw_wave(house.store, PROJECT, request(size=20, second_share=0.0), house.clock, simulated=True)
    house.run()
    done = answer_all(house, level)
    found = read(house)
    assert found.asked.simulated == done
    assert "are simulated" in found.notes[0]


def test_another_project_has_no_part_in_it(house: House) -> None:
    draw(house, size=1000, second_share=0.0)
    house.run()
    answer_all(house, level)
    push_criterion(house.store, "other")
    house.rule("other")
    assert read(house, "other").asked.samples == 0
    assert read(house, "other", criterion=None).criterion == "unfaithful"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"criterion": "shoutz"}, "Did you mean shouts?"),
        ({"rule": "shoutin"}, "Did you mean shouting?"),
        ({"by": "prompt"}, "'prompt' is not a dimension"),
        ({"fingerprint": "abc"}, "'abc' is not an evaluator version that judges by shouts"),
        ({"criterion": "pii", "rule": "shouting"}, "rule: shouting judges 'shouts', not 'pii'"),
        ({"start": NOW, "end": NOW}, "from: must lie before `to`"),
    ],
)
def test_names_that_there_are_not(house: House, asked: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(house, **asked)
    assert says in str(refused.value)
