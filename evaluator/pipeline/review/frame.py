"""Reads the frame of a wave: what a rule selected in a window, with an outcome that is final."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.rule import Condition
from evaluator.core.rule_check import check_conditions
from evaluator.pipeline.review.design import Columns
from evaluator.pipeline.sampling.decide import facts_of
from evaluator.store.repositories.catalog.rules import StoredRule
from evaluator.store.repositories.review.frames import FrameUnit
from evaluator.store.store import ProjectUnit, Store, Unit

PAGE = 2000
"""Units that are read, and decided on, at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a wave can draw from: targets of a rule's series whose traces began in [start, end) and pass `filter`."""

    project: str
    rule: StoredRule
    start: datetime
    end: datetime
    filter: tuple[Condition, ...] = ()

    def pages(self, store: Store) -> Iterator[list[FrameUnit]]:
        """The units, page by page, each read in a transaction of its own; a page may hold none."""
        after: FrameUnit | None = None
        while True:
            with store.read() as unit:
                page = self.page(unit.of(self.project), after)
            if not page:
                return
            after = page[-1]
            yield self.passing(page)

    def page(self, mine: ProjectUnit, after: FrameUnit | None) -> list[FrameUnit]:
        """The next units, also those that do not pass `filter`."""
        series, fingerprint = self.rule.series, self.rule.rule.fingerprint
        return mine.frames.page(series, fingerprint, (self.start, self.end), after, PAGE, facts=bool(self.filter))

    def passing(self, units: Sequence[FrameUnit]) -> list[FrameUnit]:
        return passing(self.filter, units)

    def columns(self, store: Store, by: str | None, *, asked: bool = False) -> Columns:
        """All units, as far as designs look at them; with whether people are `asked` about them already."""
        criterion, series = self.rule.criterion.name, self.rule.series
        found: list[Columns] = []
        for page in self.pages(store):
            known: Sequence[bool] = ()
            if asked:
                with store.read() as unit:
                    tasks = unit.of(self.project).tasks.of_targets(criterion, [u.target for u in page])
                known = [any(t["series"] == series for t in tasks.get(u.target, ())) for u in page]
            found.append(Columns.of(page, by, known))
        return Columns.concat(found)


def passing(conditions: Sequence[Condition], units: Sequence[FrameUnit]) -> list[FrameUnit]:
    """The units whose traces pass the conditions of a wave, by the facts that rules may ask for."""
    if not conditions:
        return list(units)
    return [u for u in units if u.trace is not None and _passes(conditions, u)]


def _passes(conditions: Sequence[Condition], unit: FrameUnit) -> bool:
    assert unit.trace is not None
    facts = facts_of(unit.trace)
    return all(condition.matches(facts) for condition in conditions)


def rule_of(unit: Unit, project: str, name: str, criterion: str) -> StoredRule:
    """The active rule `name`, which judges by `criterion`.

    Raises:
        NotFound: there is no such active rule.
        InvalidInput: it judges by another criterion.
    """
    rules = unit.of(project).rules.active()
    rule = next((r for r in rules if r.rule.name == name), None)
    if rule is None:
        raise NotFound("active rule", name, "List what there is with `faithline rules list`")
    if rule.criterion.name != criterion:
        others = sorted(r.rule.name for r in rules if r.criterion.name == criterion)
        remedy = f"Give `criterion: {rule.criterion.name}`" + (
            f", or one of the rules {', '.join(others)}" if others else ""
        )
        raise InvalidInput(
            "criterion", f"is {criterion!r}, and the rule {name} judges {rule.criterion.name!r}", remedy
        )
    return rule


def check_filter(conditions: Sequence[Condition]) -> None:
    """Raises InvalidInput for conditions that could never do what they say."""
    check_conditions("filter", conditions)
