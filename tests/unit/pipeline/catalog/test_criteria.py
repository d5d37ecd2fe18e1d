"""Criteria: pushed, resolved, kept, and what differs between two of them."""

from __future__ import annotations

from typing import Any

import pytest

from evaluator import shipped
from evaluator.core.bounds import CRITERIA
from evaluator.core.documents import read_yaml
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.review.definition import CriterionDefinition
from evaluator.pipeline.catalog.criteria import (
    criteria_in_use,
    criteria_of,
    criterion_of,
    ensure_stored,
    known_criterion,
    parse_criterion,
    push_criterion,
)
from evaluator.pipeline.catalog.criteria_diff import diff_criteria
from evaluator.store.store import Store
from tests.support import ROOT
from tests.support.house import PROJECT, TurnedClock, change

RUDE: dict[str, Any] = {
    "name": "rude",
    "title": "Rude",
    "question": "Is it rude?",
    "levels": [
        {"label": "polite", "title": "Polite", "bad": 0, "when": "Nobody is hurt."},
        {"label": "rude", "title": "Rude", "bad": 1, "when": "Somebody is."},
    ],
}


def push(store: Store, clock: TurnedClock, **changes: Any) -> str:
    clock.turn(60)
    return push_criterion(store, PROJECT, parse_criterion(RUDE | changes), clock).version


def resolved(store: Store, name: str, version: str | None = None) -> CriterionDefinition:
    with store.read() as unit:
        return criterion_of(unit, PROJECT, name, version)


def test_the_version_that_was_pushed_last_is_the_one_that_is_used(store: Store) -> None:
    clock = TurnedClock()
    first, second = push(store, clock), push(store, clock, title="Impolite")
    assert resolved(store, "rude").title == "Impolite"
    assert resolved(store, "rude", first).title == "Rude"
    assert push(store, clock) == first
    assert resolved(store, "rude").version == first, "the same again is the newest again"
    with store.read() as unit:
        assert [found.version for found in criteria_of(unit, PROJECT, "rude")] == [first, second]
        with pytest.raises(NotFound, match="rude"):
            criterion_of(unit, "another", "rude")


def test_a_project_without_its_own_uses_what_is_shipped(store: Store) -> None:
    clock = TurnedClock()
    ours = shipped.criteria()["toxic"]
    assert resolved(store, "toxic") == ours
    own = parse_criterion(ours.model_dump() | {"question": "Would you show it to your mother?"})
    push_criterion(store, PROJECT, own, clock)
    assert resolved(store, "toxic") == own
    assert resolved(store, "toxic", ours.version) == ours, "what is shipped can still be named"
    with store.read() as unit:
        in_use = {found.definition.name: found for found in criteria_in_use(unit, PROJECT)}
        every = criteria_of(unit, PROJECT, "toxic")
    assert set(in_use) == set(shipped.criteria())
    assert (in_use["toxic"].source, in_use["pii"].source) == ("project", "shipped")
    assert in_use["pii"].stored_at is None
    assert [found.source for found in every] == ["project", "shipped"]


def test_what_people_were_asked_outlives_an_upgrade(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = TurnedClock()
    with store.write() as unit:
        kept = ensure_stored(unit, PROJECT, "toxic", clock.now())
        assert ensure_stored(unit, PROJECT, "toxic", clock.now()) == kept
    upgraded = parse_criterion(kept.model_dump() | {"title": "Another title"})
    monkeypatch.setattr(shipped, "criteria", lambda: {"toxic": upgraded})
    assert resolved(store, "toxic") == kept
    with store.read() as unit:
        assert [found.source for found in criteria_of(unit, PROJECT, "toxic")] == ["project", "shipped"]
        assert criterion_of(unit, "another", "toxic") == upgraded


def test_keeping_a_version_does_not_make_an_older_one_the_newest(store: Store) -> None:
    clock = TurnedClock()
    first, second = push(store, clock), push(store, clock, title="Impolite")
    clock.turn(60)
    with store.write() as unit:
        assert ensure_stored(unit, PROJECT, "rude", clock.now()).version == second
        unit.of(PROJECT).criteria.keep(parse_criterion(RUDE), clock.now())
    assert resolved(store, "rude").version == second
    assert resolved(store, "rude", first).version == first


def test_what_there_is_not_is_named_with_what_there_is(store: Store) -> None:
    version = push(store, TurnedClock())
    with pytest.raises(NotFound, match=r"'rud' not found. Did you mean rude\? Use one of attack, "):
        resolved(store, "rud")
    with pytest.raises(NotFound, match=f"'rude@beef' not found. Use one of {version}"):
        resolved(store, "rude", "beef")


def test_a_push_is_written_down(store: Store) -> None:
    clock = TurnedClock()
    first, second = push(store, clock), push(store, clock, title="Impolite")
    with store.read() as unit:
        events = [(e.action, e.subject, e.details) for e in unit.of(PROJECT).audit.events()]
    assert events == [
        ("criterion.push", "rude", {"before": first, "after": second}),
        ("criterion.push", "rude", {"before": None, "after": first}),
    ]


def test_one_that_can_not_be_read_costs_the_others_nothing(store: Store) -> None:
    clock = TurnedClock()
    push(store, clock)
    push(store, clock, name="curt")
    change(store, "UPDATE criterion SET definition = :no WHERE name = 'rude'", no='{"name": 3}')
    assert resolved(store, "curt").name == "curt"
    with pytest.raises(NotFound):
        resolved(store, "rude")
    push(store, clock)
    assert resolved(store, "rude").name == "rude", "pushing it again mends it"


def test_a_project_has_so_many_criteria(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = TurnedClock()
    with store.write() as unit:
        unit.projects.ensure(PROJECT, clock.now())
        for number in range(CRITERIA.size):
            unit.of(PROJECT).criteria.push(parse_criterion(RUDE | {"name": f"rude{number}"}), clock.now())
    with pytest.raises(InvalidInput, match=r"would be more than 200 of this project\. Push it as a version"):
        push(store, clock)
    assert push(store, clock, name="rude7", title="Impolite")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "a\x1b[31mred"}, "criterion.title"),
        ({"title": "two\nlines"}, "criterion.title"),
        ({"guidance": "from \u202eright"}, "criterion.guidance"),
        ({"marks": "a\tb"}, "criterion.marks"),
        ({"cannot_tell": "bell \x07"}, "criterion.cannot_tell"),
        ({"levels": [RUDE["levels"][0], RUDE["levels"][1] | {"when": "\x9b1m"}]}, "criterion.levels.1.when"),
        ({"levels": [RUDE["levels"][0] | {"title": "a\nb"}, RUDE["levels"][1]]}, "criterion.levels.0.title"),
        ({"question": "a\x00b"}, "criterion.question"),
        ({"questoin": "?"}, "criterion.questoin"),
        ({"levels": [RUDE["levels"][0]] * 2}, "criterion.levels"),
        ({"name": "../x"}, "criterion.name"),
    ],
)
def test_bad_ones_are_refused_by_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_criterion(RUDE | changes)
    assert refused.value.field == field
    assert refused.value.remedy or "; " in refused.value.problem


def test_lines_and_other_scripts_are_fine() -> None:
    found = parse_criterion(RUDE | {"guidance": "One.\n\n\tTwo – «drei» 四 ☂", "question": "Est-ce impoli ?"})
    assert found.guidance == "One.\n\n\tTwo – «drei» 四 ☂"
    with pytest.raises(InvalidInput, match=r"must be an object\. See docs/criteria\.md"):
        parse_criterion([RUDE])


def test_the_page_shows_one_that_can_be_pushed() -> None:
    page = (ROOT / "docs" / "criteria.md").read_text()
    example = parse_criterion(read_yaml(page.split("```yaml\n")[1].split("```")[0], "docs/criteria.md"))
    assert set(CriterionDefinition.model_fields) == example.model_fields_set, "and every field of it"
    assert all(f"`{name}`" in page for name in shipped.criteria())


def test_what_differs() -> None:
    a = parse_criterion(RUDE | {"guidance": "One.\n\nTwo.\n\nThree."})
    assert diff_criteria(a, a) == []
    changed = [
        {"label": "polite", "title": "Polite", "bad": 0, "when": "Nobody is hurt."},
        {"label": "curt", "title": "Curt", "bad": 0.25, "when": "Too short."},
        {"label": "rude", "title": "Very rude", "bad": 0.9, "when": "Somebody is."},
    ]
    b = parse_criterion(RUDE | {"guidance": "One.\n\n2.\n\nThree.", "marks": "the words", "levels": changed})
    assert diff_criteria(a, b) == [
        "guidance changed", "- Two.", "+ 2.",
        "marks changed", "+ the words",
        "level curt added", "+ Curt (bad 0.25)", "+ Too short.",
        "title of level rude changed", "- Rude", "+ Very rude",
        "bad of level rude changed", "- 1", "+ 0.9",
    ]  # fmt: skip
    assert "level curt removed" in diff_criteria(b, a)


def test_levels_in_another_order_differ() -> None:
    levels = [RUDE["levels"][0], *(RUDE["levels"][1] | {"label": label} for label in ("rude", "foul"))]
    a, b = (parse_criterion(RUDE | {"levels": order}) for order in (levels, [levels[0], levels[2], levels[1]]))
    assert diff_criteria(a, b) == [
        "order of the levels changed", "- polite, rude, foul", "+ polite, foul, rude",
    ]  # fmt: skip


def test_known_ones_say_when_they_were_stored(store: Store) -> None:
    clock = TurnedClock()
    push(store, clock)
    with store.read() as unit:
        assert known_criterion(unit, PROJECT, "rude").stored_at == clock.now()
