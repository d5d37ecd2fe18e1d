"""What agreement comes to, in sentences for readers who know no statistics."""

from __future__ import annotations

from evaluator.stats.agreement.evaluator import Agreement
from evaluator.stats.agreement.measure import Measure
from evaluator.stats.agreement.overturned import Overturned
from evaluator.stats.agreement.people import PeopleAgreement
from evaluator.stats.estimators.rates import ENOUGH
from evaluator.stats.planning import Next

WIDE = 0.3
"""An interval that is wider than this is told beside the number."""


def of_ten(share: float) -> str:
    """A share in [0, 1] as a count: ``6 of 10``, ``1 of 20``, ``99 of 100``; never ``none`` or ``all``, which no
    sample proves, unless it is exactly that."""
    if share in (0.0, 1.0):
        return "none" if share == 0.0 else "all"
    rare = min(share, 1.0 - share)
    if rare < 0.0095:
        return "fewer than 1 of 100" if share < 0.5 else "more than 99 of 100"
    if rare < 0.145:
        size = round(1.0 / rare)
        size = size if size <= 12 else 5 * round(size / 5)
        return f"{1 if share < 0.5 else size - 1} of {size}"
    return f"{round(10.0 * share)} of 10"


def about_evaluator(found: Agreement) -> tuple[str, ...]:
    """What to know of an evaluator, the most important first; none where it was not compared."""
    if not found.pairs:
        return ()
    right = found.confusion
    words = [_finds(right.sensitivity, right.specificity)]
    if found.pairs < ENOUGH:
        words.append(f"These are {found.pairs} labels: with fewer than {ENOUGH} take every number for a hint.")
    if (known := found.correlation).value is not None and known.high is not None and known.high < 0.2:
        words.append("Its scores hardly move with what people say: it buys next to nothing beside labels.")
    error = found.brier.calibration_error
    if error.low is not None and error.low > 0.1:
        words.append("Its scores are no probabilities: they lie far from the shares that people call bad.")
    return tuple(words)


def _finds(sensitivity: Measure, specificity: Measure) -> str:
    if sensitivity.value is None and specificity.value is None:
        return "Nothing tells yet how good it is."
    flags = _share(_rest(specificity), "good ones")
    if sensitivity.value is None:
        return f"People called none of these answers bad; the evaluator flags {flags}."
    finds = f"The evaluator finds {_share(sensitivity, 'bad answers')}"
    return (
        f"{finds}; people called none of these good." if specificity.value is None else f"{finds} and flags {flags}."
    )


def _rest(measure: Measure) -> Measure:
    """The share that is not in a share."""
    value, low, high = (None if end is None else 1.0 - end for end in (measure.value, measure.high, measure.low))
    return Measure(value, low, high, measure.reason)


def _share(measure: Measure, of: str) -> str:
    """A share of something, with its ends where they lie far apart; empty where it is not known."""
    if measure.value is None:
        return ""
    text = of_ten(measure.value)
    text = f"{text} of the {of}" if text in ("none", "all") else f"{text} {of}"
    low, high = measure.low, measure.high
    return (
        text
        if low is None or high is None or high - low <= WIDE
        else f"{text} ({100 * low:.0f} to {100 * high:.0f} %)"
    )


def about_people(between: PeopleAgreement, wrong: Overturned) -> tuple[str, ...]:
    """What to know of how far people agree; how to find out, where nobody looked twice."""
    if between.right.value is None:
        return ("No sample has two answers yet: a wave with a second share asks another person about some.",)
    words = [f"Two people give the same answer on {_share(between.right, 'samples')}."]
    if wrong.decided and wrong.missed.value is not None and wrong.false_alarms.value is not None:
        share = wrong.missed.value + wrong.false_alarms.value
        text = f"first verdicts are wrong on {of_ten(share)} samples" if share else "no first verdict was overturned"
        words.append(f"Where a third person decided, {text}.")
    if between.paired < ENOUGH:
        words.append(f"{between.paired} samples have two answers: take it for a hint.")
    return tuple(words)


def what_labels_buy(soon: Next) -> str:
    """What the next labels do to the interval of a rate."""
    if not soon.more:
        return "Every scored sample is labelled."
    now, then = (f"± {100.0 * width:.1f}" for width in (soon.half_width, soon.then))
    if soon.half_width >= 0.5:
        return f"The first {soon.more} labels tell the rate to about {then} points."
    return f"The next {soon.more} labels take the interval from {now} to about {then} points."
