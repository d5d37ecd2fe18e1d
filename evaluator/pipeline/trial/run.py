"""Tries a rubric: what is missing, what it would cost, how often it agrees with itself and with people.

It is paid for by a budget of its own, so that nobody spends more than the deployment allows for trials, whatever they
try. Nothing is stored but what it cost: no rate ever sees a verdict of a trial.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evaluator.core.criterion import BAD_FROM
from evaluator.core.errors import InvalidInput
from evaluator.core.evaluator import Evaluator, Priced, Waits, fingerprint
from evaluator.core.ids import random_id
from evaluator.core.money import MICROS, micro_usd, usd
from evaluator.core.outcome import Failure, Outcome, Reason, Score, is_waiting
from evaluator.core.ports import Clock
from evaluator.core.rubric import Rubric, RubricIndex, SomeRubrics
from evaluator.core.rule import Rule
from evaluator.pipeline.answers import score_samples
from evaluator.pipeline.spending.ledger import bill_of, reserve_for, settle
from evaluator.pipeline.trial.samples import Candidate, Traffic, chosen, labelled, traffic_of
from evaluator.stats.shares import Share, share
from evaluator.store.store import ProjectUnit, Store

SAVE_PATIENCE = 60.0
"""How long settling is tried where the database is busy, or away (s)."""
BUDGET = "rubrics:test"
"""Of all trials of a project; no rule can be named so."""
SALT = "trial"
SOME = 0.02
"""Share of answers that lack something from which on it is told."""
MOST = 50
"""Samples of a trial."""

_SAID = (Reason.CANNOT_TELL, Reason.DOES_NOT_APPLY)

Create = Callable[[str, Mapping[str, Any], RubricIndex], Evaluator]
"""Makes an evaluator, not opened, of its name, parameters and a source of rubrics."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one sample. `said` is what the judge said, and `label` that where it is a level; `again` what it
    said when it was asked once more, `person` what people say of it; what is `bad` is in [0, 1]."""

    trace_id: str
    target_id: str
    said: str | None
    label: str | None
    bad: float | None
    reason: str
    failure: str | None
    again: str | None
    person: str | None
    person_bad: float | None
    cost: float
    waits: bool
    """Nobody could be asked: it says nothing of what a verdict costs."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial of a rubric found.

    `problems` are sentences, each with what to do. `lacking` are shares of the newest answers that lack an input the
    rubric needs. `steady` is the share of samples on which the judge said the same twice, `agrees` that on which it
    calls bad what people do; `missed` bad ones were called good and `blamed` good ones bad. Money in US dollars:
    `spent` by this trial, `per_verdict` that it gave, and `a_day` of a rule that draws `drawn_a_day` answers and asks
    about each as often as it is meant to. `fingerprint` is what such a rule would be pinned to.
    """

    rubric: str
    version: str
    provider: str
    model: str
    fingerprint: str
    waits_for: str | None
    problems: list[str]
    answers: int
    lacking: dict[str, float]
    tried: list[Tried]
    steady: Share
    agrees: Share
    missed: int
    blamed: int
    spent: float
    per_verdict: float | None
    drawn_a_day: float
    a_day: float | None
    budget_a_day: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be tried: `size` samples (1 to `MOST`), with the `parameters` that a rule would give. `rule` says
    how much of the traffic it would draw, else everything is drawn at `rate` in (0, 1]; one that judges by this
    rubric gives its parameters, too, where `parameters` do not say otherwise."""

    rubric: Rubric
    parameters: Mapping[str, Any]
    size: int = 10
    rule: Rule | None = None
    rate: float = 1.0


def try_rubric(store: Store, project: str, asked: Asked, create: Create, clock: Clock, limit: float) -> Trial:
    """Try a rubric; trials of a project may spend `limit` (US dollars) in a day.

    Raises:
        InvalidInput: `size` or `rate` out of range, or parameters that the judge does not take.
    """
    _check(asked)
    rubrics = SomeRubrics([asked.rubric])
    meant = create(_name(asked), _parameters(asked), rubrics)
    # Every sample is asked about twice, which is what tells how steady the judge is.
    twice = {"repeats": 1, "repeat_share": 1.0}
    evaluator = create(_name(asked), _parameters(asked) | twice, rubrics)
    assert isinstance(evaluator, Priced)
    now = clock.now()
    with store.read() as unit:
        home = unit.of(project)
        traffic, candidates = traffic_of(home, asked.rubric, now, asked.rule, asked.rate)
        samples = chosen(candidates, labelled(home, asked.rubric), asked.size, SALT)
    waits = evaluator.waiting if isinstance(evaluator, Waits) else None
    outcomes = [] if waits or not samples else _paid(store, project, evaluator, samples, clock, limit)
    tried = [_tried(asked.rubric, one, found) for one, found in zip(samples, outcomes, strict=False)]
    return _trial(asked, meant, traffic, tried, waits, _problems(traffic, asked, samples, tried, limit, waits))


def spent_today(home: ProjectUnit, now: datetime) -> float:
    """What trials of a project have cost on this day (UTC), and may still cost where they run (US dollars)."""
    return sum(usd(day.committed) for day in home.ledger.history([BUDGET], now.date()))


def _name(asked: Asked) -> str:
    return f"rubric:{asked.rubric.name}"


def _parameters(asked: Asked) -> dict[str, Any]:
    """Those of the rule, if it judges by this rubric, and those that are asked for; of another provider, without the
    rule's model."""
    of_rule = dict(asked.rule.parameters) if asked.rule and asked.rule.evaluator == _name(asked) else {}
    if asked.parameters.keys() & {"provider", "base_url"}:
        of_rule = {name: value for name, value in of_rule.items() if name not in ("provider", "base_url", "model")}
    return {**of_rule, **asked.parameters, "version": asked.rubric.version}


def _check(asked: Asked) -> None:
    if not 1 <= asked.size <= MOST:
        raise InvalidInput("size", f"must be from 1 to {MOST}, got {asked.size}", "Try a few samples first")
    if not 0.0 < asked.rate <= 1.0:
        raise InvalidInput("rate", f"must be above 0 and at most 1, got {asked.rate}", "Give the rate of the rule")


def _paid(
    store: Store, project: str, evaluator: Evaluator, samples: Sequence[Candidate], clock: Clock, limit: float
) -> list[Outcome]:
    """The outcomes of the first samples, of as many as the day's money for trials reaches for."""
    assert isinstance(evaluator, Priced)
    texts = [one.sample for one in samples]
    evaluator.open()
    try:
        bounds = [micro_usd(price) for price in evaluator.price(texts)]
        with store.write() as unit:
            unit.projects.ensure(project, clock.now())
            grant = reserve_for(
                unit.of(project), BUDGET, int(limit * MICROS), bounds, random_id("trial-"), clock.now()
            )
        asked = [texts[i] for i in grant.paid]
        answers, bill = bill_of(grant, score_samples(evaluator, asked, once=True) if asked else [])
        if asked:
            store.change(lambda unit: settle(unit.of(project), bill, clock.now()), SAVE_PATIENCE)
        return answers
    finally:
        evaluator.close()


def _tried(rubric: Rubric, one: Candidate, outcome: Outcome) -> Tried:
    score = outcome if isinstance(outcome, Score) else None
    label = score.label if score else None
    return Tried(
        trace_id=one.trace_id,
        target_id=one.sample.target_id,
        said=outcome.reason.value if isinstance(outcome, Failure) and outcome.reason in _SAID else label,
        label=label,
        bad=rubric.scale.scale.badness(score.value) if score else None,
        reason=score.explanation if score else "",
        failure=f"{outcome.reason.value}: {outcome.message}" if isinstance(outcome, Failure) else None,
        again=outcome.details.get("again", {}).get("label"),
        person=one.person.level if one.person else None,
        person_bad=one.person.bad if one.person else None,
        cost=outcome.cost or 0.0,
        waits=is_waiting(outcome),
    )


def _trial(
    asked: Asked, evaluator: Evaluator, traffic: Traffic, tried: list[Tried], waits: str | None, problems: list[str]
) -> Trial:
    parameters = evaluator.parameters
    steady = [one for one in tried if one.said is not None and one.again is not None]
    pairs = [
        (one.person_bad >= BAD_FROM, one.bad >= BAD_FROM)
        for one in tried
        if one.bad is not None and one.person_bad is not None
    ]
    answered = [one for one in tried if one.label is not None]
    spent = sum(one.cost for one in tried)
    # Every sample was asked about twice, those that got no verdict, too, but for what nobody could be asked about.
    times = parameters["repeats"] if parameters["repeats"] > 1 else 1.0 + parameters["repeat_share"]
    met = sum(not one.waits for one in tried)
    a_day = spent / (2 * met) * times * traffic.drawn_a_day if met else None
    budget = asked.rule.budget if asked.rule else None
    return Trial(
        rubric=asked.rubric.name,
        version=asked.rubric.version,
        provider=parameters["provider"] or parameters["base_url"],
        model=parameters["model"],
        fingerprint=fingerprint(evaluator),
        waits_for=waits,
        problems=problems,
        answers=traffic.answers,
        lacking=_lacking(asked.rubric, traffic),
        tried=tried,
        steady=share(sum(one.said == one.again for one in steady), len(steady)),
        agrees=share(sum(person == judge for person, judge in pairs), len(pairs)),
        missed=sum(person and not judge for person, judge in pairs),
        blamed=sum(judge and not person for person, judge in pairs),
        spent=spent,
        per_verdict=spent / (2 * len(answered)) if answered else None,
        drawn_a_day=traffic.drawn_a_day,
        a_day=a_day,
        budget_a_day=budget.usd_per_day if budget else None,
    )


def _lacking(rubric: Rubric, traffic: Traffic) -> dict[str, float]:
    if not traffic.answers:
        return {}
    return {name: 1.0 - traffic.have.get(name, 0) / traffic.answers for name in rubric.needs_of_sample}


def _problems(
    traffic: Traffic,
    asked: Asked,
    samples: Sequence[Candidate],
    tried: Sequence[Tried],
    limit: float,
    waits: str | None,
) -> list[str]:
    """What stands in the way, each as a sentence or two."""
    found = [] if waits is None else [waits]
    if not traffic.answers:
        found.append("There are no answers of the last seven days to try it on. Send some traces first.")
    for name, missing in _lacking(asked.rubric, traffic).items():
        if missing >= SOME:
            words = name.replace("_", " ")
            found.append(
                f"{missing:.0%} of the newest {traffic.answers} answers have no {words}: they would be skipped. "
                f"Send it with the traces, or name it under `optional` in the rubric."
            )
    if not waits and len(tried) < len(samples):
        found.append(
            f"The money of the day for trials ({limit:g} USD) reached for {len(tried)} of {len(samples)} samples. "
            "Raise FAITHLINE_TRIAL_USD_PER_DAY, or go on tomorrow."
        )
    failed = [one for one in tried if one.failure is not None]
    if failed:
        found.append(f"{len(failed)} of {len(tried)} samples got no verdict; of one of them, {failed[0].failure}")
    return found
