"""What the last outcomes of a judge come to: verdicts, failures, steadiness, replies. Plain arithmetic over rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum
from statistics import median, quantiles

from evaluator.core.outcome import SKIPS
from evaluator.core.rubric import Rubric
from evaluator.pipeline.operations.judges.told import Told
from evaluator.stats.agreement.measure import Measure
from evaluator.stats.shares import share

NOTHING_SAID = "it has given no verdict yet"
NOTHING_ASKED = "it has not been asked yet"
NOT_REPEATED = "no sample was asked about twice"
ONE_EACH = "one verdict makes each score"
TRACES = 5
"""Of each kind of attempt, as examples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelShare:
    """One verdict of the rubric, and how often it was given. Verdicts that were taken over are left out: they are
    copies of one that is counted. `value` is that of the rubric's scale, `bad` the same in [0, 1] with 1 = bad; None
    where the rubric does not name the label."""

    label: str
    description: str
    value: float | None
    bad: float | None
    count: int
    share: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureCount:
    """One reason for having no score; `skipped`: there was nothing to judge. `share` is of all that was not taken
    over, `usd` what these cost (US dollars)."""

    reason: str
    skipped: bool
    count: int
    share: Measure
    usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """How steady a judge is. `repeated` samples were asked about once more, which changes no score: `changed` is the
    share whose second verdict is another, `shift` the mean distance of the two values. `several` scores are made of
    more than one verdict: `split` is the share whose verdicts differ, `spread` the mean deviation of their values."""

    repeated: int
    changed: Measure
    shift: float | None
    several: int
    split: Measure
    spread: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """Of the `outcomes` that calls were paid for, failures among them: means of replies and of calls turned away for
    each, the share of verdicts that needed a second reply, seconds of a reply, tokens of an outcome. None where no
    outcome tells."""

    outcomes: int
    repaired: Measure
    replies: float | None
    retries: float | None
    seconds_median: float | None
    seconds_p95: float | None
    input_tokens: float | None
    cached_tokens: float | None
    """Of the input tokens, those that the provider had in its cache."""
    output_tokens: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """A model that the provider says has answered. More than one: it was moved under its name."""

    name: str
    verdicts: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectedKind:
    """Texts that seem to speak to the judge, of one kind (``answer: names a verdict``), with the newest traces."""

    kind: str
    outcomes: int
    traces: tuple[str, ...]


def label_shares(asked: Sequence[Told], rubric: Rubric | None) -> tuple[LabelShare, ...]:
    """Every verdict of the rubric in its order, then others that were given. `asked` has verdicts only."""
    given = Counter(one.row.label or "" for one in asked)
    choices = {choice.label: choice for choice in rubric.scale.choices} if rubric else {}
    found = []
    for label in [*choices, *sorted(given.keys() - choices.keys())]:
        choice = choices.get(label)
        found.append(
            LabelShare(
                label=label,
                description=choice.description if choice else "",
                value=choice.value if choice else None,
                bad=rubric.scale.bad(label) if rubric and choice else None,
                count=given[label],
                share=share_of(given[label], len(asked), NOTHING_SAID),
            )
        )
    return tuple(found)


def failure_counts(rows: Sequence[Told]) -> tuple[FailureCount, ...]:
    """The most frequent first, failures before what was skipped."""
    asked = sum(not one.cached for one in rows)
    by_reason: dict[str, list[Told]] = defaultdict(list)
    for one in rows:
        if one.row.reason is not None and not one.cached:
            by_reason[one.row.reason].append(one)
    found = [
        FailureCount(
            reason=reason,
            skipped=reason in SKIPS,
            count=len(failed),
            share=share_of(len(failed), asked, NOTHING_ASKED),
            usd=sum(one.row.cost for one in failed),
        )
        for reason, failed in by_reason.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.skipped, -one.count, one.reason)))


def stability(rows: Sequence[Told]) -> Stability:
    asked = [one for one in rows if not one.cached]
    twice, several = [one for one in asked if one.again], [one for one in asked if len(one.verdicts) > 1]
    pairs = [(one.row.value, one.again[1]) for one in twice if one.again]
    shifts = (abs(first - second) for first, second in pairs if first is not None and second is not None)
    return Stability(
        repeated=len(twice),
        changed=share_of(sum(one.changed for one in twice), len(twice), NOT_REPEATED),
        shift=_mean(shifts),
        several=len(several),
        split=share_of(sum(len(set(one.verdicts)) > 1 for one in several), len(several), ONE_EACH),
        spread=_mean(_told(several, lambda one: one.spread)),
    )


def replies(rows: Sequence[Told]) -> Replies:
    fresh = [one for one in rows if not one.cached]
    asked, said = [one for one in fresh if one.calls], [one for one in fresh if one.row.reason is None]
    seconds = sorted(_told(asked, lambda one: one.seconds))
    calls = [(one.calls, one.tries) for one in asked]
    turned_away = (max(0.0, tries - paid) for paid, tries in calls if paid is not None and tries is not None)
    return Replies(
        outcomes=len(asked),
        repaired=share_of(sum(one.repaired for one in said), len(said), NOTHING_SAID),
        replies=_mean(paid for paid, _ in calls if paid is not None),
        retries=_mean(turned_away),
        seconds_median=median(seconds) if seconds else None,
        seconds_p95=quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else None,
        input_tokens=_mean(_told(asked, lambda one: one.tokens("input"))),
        cached_tokens=_mean(_told(asked, lambda one: one.tokens("cached"))),
        output_tokens=_mean(_told(asked, lambda one: one.tokens("output"))),
    )


def served_models(rows: Sequence[Told]) -> tuple[ServedModel, ...]:
    """The one that answered last first."""
    by_name: dict[str, list[datetime]] = defaultdict(list)
    for one in rows:
        if one.model and not one.cached:
            by_name[one.model].append(one.row.created_at)
    found = [ServedModel(name=n, verdicts=len(at), first=min(at), last=max(at)) for n, at in by_name.items()]
    return tuple(sorted(found, key=lambda one: (one.last, one.verdicts), reverse=True))


def suspected_kinds(rows: Sequence[Told]) -> tuple[SuspectedKind, ...]:
    """The most frequent first; `rows` are the newest first."""
    traces: Mapping[str, list[str]] = defaultdict(list)
    for one in rows:
        for kind in one.suspected:
            traces[kind].append(one.row.trace_id)
    found = [
        SuspectedKind(kind=kind, outcomes=len(ids), traces=tuple(dict.fromkeys(ids))[:TRACES])
        for kind, ids in traces.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.outcomes, one.kind)))


def share_of(count: int, of: int, nothing: str) -> Measure:
    """`count` of `of` with its interval; `nothing` says why there is none of 0."""
    found = share(count, of)
    return Measure(reason=nothing) if found.estimate is None else Measure(found.estimate, found.low, found.high)


def usd_per_verdict(rows: Sequence[Told]) -> float | None:
    """What all that was asked has cost, failures and second verdicts included, for each verdict that it gave (US
    dollars); None where it gave none."""
    verdicts = sum(one.row.reason is None and not one.cached for one in rows)
    return sum(one.row.cost for one in rows) / verdicts if verdicts else None


def _told(rows: Iterable[Told], value: Callable[[Told], float | None]) -> list[float]:
    return [number for one in rows if (number := value(one)) is not None]


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return fsum(found) / len(found) if found else None
