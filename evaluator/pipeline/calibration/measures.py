"""The measures of agreement in the order in which every surface shows them, each with what it says."""

from __future__ import annotations

from evaluator.stats.agreement.evaluator import Agreement
from evaluator.stats.agreement.measure import Measure
from evaluator.stats.agreement.overturned import Overturned
from evaluator.stats.agreement.people import PeopleAgreement

Row = tuple[str, str, Measure]
"""Name, what it says, and the measure."""


def of_evaluator(found: Agreement) -> list[Row]:
    """Of an evaluator with people: verdicts first, then agreement beyond chance, then scores."""
    said, chance = found.confusion, found.beyond_chance
    rows = [
        ("sensitivity", "of the bad ones, the share that the evaluator flags", said.sensitivity),
        ("specificity", "of the good ones, the share that it passes", said.specificity),
        ("precision", "of those that it flags, the share that are bad", said.precision),
        ("right", "share on which both agree", said.right),
        ("Cohen's κ", "agreement beyond chance; 0 is chance", found.kappa.nominal),
        ("Krippendorff's α", "the same, for any number of judges who are told alike", chance.alpha_nominal),
        ("Gwet's AC1", "the same, and steady where nearly everything is good", chance.ac1),
        ("correlation", "of score and judgement: what the evaluator adds to labels hangs on it", found.correlation),
        ("Spearman's ρ", "the same by ranks: does a worse score mean a worse answer?", found.spearman),
    ]
    if found.kappa.quadratic != found.kappa.nominal:
        rows.insert(5, ("weighted κ", "the same, with less weight for near levels", found.kappa.quadratic))
    return rows


def of_scores(found: Agreement) -> list[Row]:
    """Of an evaluator's scores as probabilities."""
    parts = found.brier
    return [
        ("Brier score", "mean squared distance of score and judgement; 0 is perfect", parts.score),
        ("reliability", "how far scores are from the shares that they stand for, squared", parts.reliability),
        ("resolution", "how much the share of bad moves with the score; more is better", parts.resolution),
        ("uncertainty", "the score of whoever always says the rate", parts.uncertainty),
        ("calibration error", "how far scores are from the shares that they stand for", parts.calibration_error),
    ]


def of_people(between: PeopleAgreement, wrong: Overturned) -> list[Row]:
    """Of people with each other."""
    chance = between.beyond_chance
    return [
        ("same answer", "share of pairs of answers to one sample that agree", between.right),
        ("Fleiss' κ", "agreement beyond chance; 0 is chance", chance.fleiss_kappa),
        (
            "Krippendorff's α",
            "the same, for any number of people who need not answer everything",
            chance.alpha_nominal,
        ),
        ("Gwet's AC1", "the same, and steady where nearly everything is good", chance.ac1),
        ("missed", "share of all whose first verdict was good, and should have been bad", wrong.missed),
        ("false alarms", "share of all whose first verdict was bad, and should have been good", wrong.false_alarms),
    ]
