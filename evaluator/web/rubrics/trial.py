"""What a trial of a rubric found, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from evaluator.core.rubric import Rubric
from evaluator.pipeline.operations.judges.measures import share_of
from evaluator.pipeline.trial.run import Trial, Tried
from evaluator.stats.shares import Share
from evaluator.web.format import tone_of
from evaluator.web.judges.shares import ShareView, share_view


@dataclass(frozen=True, slots=True)
class TriedView:
    """One sample: the tones of what the judge said, said again and of what people say; `differs` where the judge
    calls good what people call bad, or the other way round."""

    row: Tried
    tone: str
    again: str
    person: str
    differs: bool


@dataclass(frozen=True, slots=True)
class TrialView:
    """A trial; `problems` are those beside what it waits for."""

    trial: Trial
    problems: list[str]
    samples: list[TriedView]
    steady: ShareView
    agrees: ShareView


def trial_view(rubric: Rubric, trial: Trial) -> TrialView:
    """`trial` of `rubric` as the page shows it."""
    return TrialView(
        trial=trial,
        problems=[problem for problem in trial.problems if problem != trial.waits_for],
        samples=[_tried(rubric, one) for one in trial.tried],
        steady=_share(trial.steady, "no sample was answered twice"),
        agrees=_share(trial.agrees, "no sample has a label"),
    )


def _tried(rubric: Rubric, one: Tried) -> TriedView:
    tone, person = tone_of(one.bad), tone_of(one.person_bad)
    again = tone_of(rubric.scale.bad(one.again)) if one.again in rubric.scale.labels else ""
    return TriedView(one, tone, again, person, bool(tone and person and tone != person))


def _share(found: Share, none: str) -> ShareView:
    return share_view(share_of(found.count, found.size, none))
