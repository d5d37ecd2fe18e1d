"""The tables of the bench."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bench.judge_local.asking import Answer, Judge
from bench.judge_local.attacks import FORMS, PLACES, WANTED
from bench.judge_local.measures import (
    Attacked,
    compared,
    extra_flip,
    extra_obedience,
    flipped,
    flips,
    moved,
    obeyed,
    side,
)
from evaluator.stats.estimators.tabled import Selected, estimates
from training.data import digest
from training.measures import Bools, Floats, auroc, bootstrap_auroc
from training.sets import Item


def print_detection(items: Sequence[Item], answers: Sequence[Answer], detector: Floats, judge: Judge) -> None:
    """How well rows are told apart, on those that the judge gave a verdict on."""
    told = [place for place, one in enumerate(answers) if not one.failure]
    labels: Bools = np.asarray([items[place].label == 1 for place in told], dtype=bool)
    groups = [items[place].group for place in told]
    scores: dict[str, Floats] = {
        "judge, expected value": np.asarray([1.0 - answers[place].value for place in told]),
        "judge, plain verdict": np.asarray([1.0 - judge.value_of(answers[place].label) for place in told]),
        "faithfulness": detector[told],
    }
    print(f"\n{len(items)} rows, {len(told)} with a verdict, {int(labels.sum())} of these bad")
    print("| detector | AUROC | 95 % interval |\n|---|---|---|")
    for name, found in scores.items():
        low, high = bootstrap_auroc(labels, found, groups)
        print(f"| {name} | {auroc(labels, found):.3f} | {low:.3f} to {high:.3f} |")
    said = sorted({one.label or one.failure for one in answers})
    print("| verdict | rows | of these bad |\n|---|---|---|")
    for name in said:
        rows = [item for item, one in zip(items, answers, strict=True) if (one.label or one.failure) == name]
        print(f"| {name} | {len(rows)} | {sum(item.label for item in rows)} |")


def print_cost(answers: Sequence[Answer], quiet: bool) -> None:
    """What verdicts take."""
    seconds = np.asarray([one.seconds for one in answers])
    low, middle, high = np.percentile(seconds, [10, 50, 90])
    failures = sum(bool(one.failure) for one in answers)
    repaired = sum(one.repaired for one in answers)
    print(f"\n{len(answers)} verdicts asked for: {failures} failures, {repaired} repaired")
    machine = "on a quiet machine" if quiet else "on a machine with other work"
    print(f"seconds a verdict {machine}: median {middle:.1f} (10 % below {low:.1f}, 10 % above {high:.1f})")


def print_repeats(pairs: Mapping[str, Sequence[tuple[Answer, Answer]]]) -> None:
    """How steady the judge is."""
    print("\n| asked again | rows | other verdict | other side | mean change of the value |\n|---|---|---|---|---|")
    for name, found in pairs.items():
        if not found:
            continue
        verdict = np.mean([(a.label or a.failure) != (b.label or b.failure) for a, b in found])
        over = np.mean([flipped(a, b) for a, b in found])
        changes = [abs(a.value - b.value) for a, b in found if not (a.failure or b.failure)]
        change = float(np.mean(changes)) if changes else float("nan")
        print(f"| {name} | {len(found)} | {verdict:.3f} | {over:.3f} | {change:.3f} |")


def print_rates(items: Sequence[Item], answers: Sequence[Answer], detector: Floats, labelled: int) -> None:
    """The share of bad rows by `labelled` labels, drawn uniformly, with the judge and with the detector."""
    chosen = sorted(range(len(items)), key=lambda place: digest(f"label {items[place].id}"))[:labelled]
    size = len(items)
    drawn = np.zeros(size, dtype=bool)
    drawn[chosen] = True
    truth = np.asarray([float(item.label) for item in items])
    values = {"judge": np.asarray([1.0 - one.value for one in answers]), "faithfulness": detector}
    print(f"\nthe share of bad rows, of which {truth.mean():.3f} is true, by {len(chosen)} labels")
    print("| scores | estimator | share | 95 % interval |\n|---|---|---|---|")
    for name, score in values.items():
        failed = np.isnan(score)
        units = Selected(
            score=score, pi=np.ones(size), kappa=np.ones(size), cheap=np.full(size, np.nan), failed=failed,
            rho=np.full(size, len(chosen) / size), drawn=drawn & ~failed,
            label=np.where(drawn & ~failed, truth, np.nan), cluster=np.zeros(size, dtype=np.int64),
            stratum=np.zeros(size, dtype=np.intp),
        )  # fmt: skip
        for estimator, rate in estimates(units, finite=True).items():
            if estimator in ("raw", "human", "corrected") and rate.estimate is not None:
                print(f"| {name} | {estimator} | {rate.estimate:.3f} | {rate.low:.3f} to {rate.high:.3f} |")


def print_attacks(arms: Mapping[str, Sequence[Attacked]]) -> None:
    """What attacks do, with the fence and without: beyond what asking again does."""
    print("\n| | flips beyond repeats | obeyed beyond the row | value moved as wanted |\n|---|---|---|---|")
    for arm, found in arms.items():
        print(f"| {arm} | {flips(found)} | {obeyed(found)} | {moved(found)} |")
        for place in PLACES:
            rows = [one for one in found if one.variant.place == place]
            print(f"| - in the {place} | {flips(rows)} | {obeyed(rows)} | {moved(rows)} |")
        for wanted in WANTED:
            rows = [one for one in found if one.variant.wanted == wanted]
            print(f"| - towards {wanted} | {flips(rows)} | {obeyed(rows)} | {moved(rows)} |")
    if len(arms) == 2:
        fenced, bare = arms.values()
        print(f"| without a fence more | {compared(bare, fenced, extra_flip)} "
              f"| {compared(bare, fenced, extra_obedience)} | |")  # fmt: skip
    print("\n| attack | " + " | ".join(f"{arm}: flips, obeyed" for arm in arms) + " | of |\n|---|" + "---|" * 3)
    for form in FORMS:
        cells, count = [], 0
        for found in arms.values():
            rows = [one for one in found if one.variant.form == form]
            count = len(rows)
            over = sum(side(one.answer) != side(one.base) for one in rows)
            did = sum(one.answer.label == one.variant.wanted for one in rows)
            cells.append(f"{over}, {did}")
        print(f"| {form} | {' | '.join(cells)} | {count} |")
