"""What the page on agreement shows: a card for each evaluator version, and one for people with each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

from evaluator.core.errors import InvalidInput
from evaluator.pipeline.calibration.agreement import AgreementAnswer, VersionAgreement, read_agreement
from evaluator.pipeline.calibration.budget import Budget, read_budget
from evaluator.pipeline.calibration.measures import Row, of_evaluator, of_people, of_scores
from evaluator.pipeline.calibration.thresholds import ThresholdAnswer, is_worth_it, read_thresholds
from evaluator.pipeline.calibration.versions import Known, Read
from evaluator.stats.agreement.measure import Measure
from evaluator.store.store import Unit
from evaluator.web.reliability import Diagram, diagram

PARAMETERS = ("criterion", "rule", "by")
_ENDS = (0.0, -0.25, -0.5, -1.0)
"""Where a shared axis may begin: measures beyond chance may be below 0."""


@dataclass(frozen=True, slots=True)
class MeasureView:
    """A measure as it is written, and its places on a shared axis in percent of its length."""

    name: str
    says: str
    text: str
    interval: str
    """Or why there is none."""
    at: float | None
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures on one axis from `low` to 1; `zero` is where 0 lies on it, in percent."""

    rows: list[MeasureView]
    low: float
    zero: float


@dataclass(frozen=True, slots=True)
class SliceView:
    """A version on the samples of one value of a dimension."""

    value: str | None
    pairs: int
    words: list[MeasureView]


@dataclass(frozen=True, slots=True)
class VersionCard:
    """One evaluator version."""

    found: VersionAgreement
    measures: Measures | None
    scores: Measures | None
    diagram: Diagram | None
    slices: list[SliceView]
    threshold: ThresholdAnswer | None
    proposed: bool
    """Whether the threshold is worth a change."""
    budget: Budget | None


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """Everything that the page shows; `rules` are those that can be asked for."""

    found: AgreementAnswer
    rule: str
    rules: list[str]
    cards: list[VersionCard]
    people: Measures | None


def agreement_page(
    unit: Unit, project: str, asked: dict[str, str | None], pass_over: Callable[[InvalidInput], None]
) -> AgreementPage:
    """What `asked` names of `PARAMETERS`; what there is not counts as not asked for, and is told to `pass_over`."""
    read = cache(partial(Known.read, unit.of(project)))  # once for all cards
    try:
        found = read_agreement(unit, project, asked["criterion"], rule=asked["rule"], by=asked["by"], read=read)
    except InvalidInput as error:
        if asked.get(error.field) is None:
            raise
        pass_over(error)
        return agreement_page(unit, project, asked | {error.field: None}, pass_over)
    every = unit.of(project).rules.versions()
    people = found.people
    return AgreementPage(
        found=found,
        rule=asked["rule"] or "",
        rules=list(dict.fromkeys(r.rule.name for r in every if r.criterion.name == found.criterion)),
        cards=[_card(unit, project, version, read) for version in found.versions],
        people=None if people is None or not people.between.paired
        else measures(of_people(people.between, people.overturned)),
    )  # fmt: skip


def _card(unit: Unit, project: str, version: VersionAgreement, read: Read) -> VersionCard:
    own, rule = version.agreement, version.rules[0]
    threshold = read_thresholds(unit, project, rule, read=read) if version.active and own is not None else None
    proposal = None if threshold is None else threshold.proposal
    return VersionCard(
        found=version,
        measures=None if own is None else measures(of_evaluator(own)),
        scores=None if own is None else measures(of_scores(own)),
        diagram=None if own is None else diagram(own.curve, version.histogram, version.threshold),
        slices=[_slice(part.value, part.agreement.pairs, [
            ("bad", "share that people call bad", part.agreement.confusion.bad),
            ("sensitivity", "of the bad ones, the share that it flags", part.agreement.confusion.sensitivity),
            ("specificity", "of the good ones, the share that it passes", part.agreement.confusion.specificity),
        ]) for part in version.by],
        threshold=threshold,
        proposed=proposal is not None and threshold is not None and threshold.enough and is_worth_it(proposal),
        budget=read_budget(unit, project, rule) if version.active else None,
    )  # fmt: skip


def _slice(value: str | None, pairs: int, rows: Sequence[Row]) -> SliceView:
    return SliceView(value, pairs, [_view(row, 0.0) for row in rows])


def measures(rows: Sequence[Row]) -> Measures:
    """`rows` on the shortest shared axis that holds their intervals."""
    least = min((_low(measure) for _, _, measure in rows), default=0.0)
    low = next(end for end in _ENDS if end <= max(-1.0, least + 1e-9))
    return Measures([_view(row, low) for row in rows], low, round(100.0 * -low / (1.0 - low), 2))


def _low(measure: Measure) -> float:
    ends = (end for end in (measure.low, measure.value) if end is not None)
    return min(0.0, *ends, 0.0)


def _view(row: Row, low: float) -> MeasureView:
    name, says, measure = row
    if measure.value is None:
        return MeasureView(name, says, "–", measure.reason or "", None, 0.0, 0.0)

    def place(value: float) -> float:
        return round(100.0 * min(1.0, max(0.0, (value - low) / (1.0 - low))), 2)

    if measure.low is None or measure.high is None:
        at = place(measure.value)
        return MeasureView(name, says, _number(measure.value), measure.reason or "", at, at, 0.0)
    start = place(measure.low)
    interval = f"{_number(measure.low)} to {_number(measure.high)}"
    width = round(place(measure.high) - start, 2)
    return MeasureView(name, says, _number(measure.value), interval, place(measure.value), start, width)


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
