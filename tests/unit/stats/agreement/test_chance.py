"""Coefficients of agreement against published examples and other implementations."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from evaluator.stats.agreement.chance import Distance, cohen_kappa, distances
from evaluator.stats.agreement.people import PeopleAgreement, between_people

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
FOUR_CODERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3),
    (0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0),
)
"""Krippendorff (2011), example C: four observers, twelve units, 0 for no answer. Also Gwet’s cac.raw4raters."""


def people(rows: tuple[tuple[int, ...], ...], levels: tuple[float, ...] = LEVELS) -> PeopleAgreement:
    """Of one row an annotator, a number from 1 for each unit, 0 for none."""
    said = [(unit, who, levels[x - 1]) for who, row in enumerate(rows) for unit, x in enumerate(row) if x]
    units, names, values = zip(*said, strict=True)
    return between_people(units, names, values, levels=levels, replicates=100)


def of_table(table: list[list[int]]) -> PeopleAgreement:
    """Of two annotators whose answers make a `table` of counts."""
    size = len(table)
    both = [(i + 1, j + 1) for i in range(size) for j in range(size) for _ in range(table[i][j])]
    first, second = zip(*both, strict=True)
    return people((first, second), tuple(np.linspace(0.0, 1.0, size).tolist()))


def test_krippendorffs_own_example() -> None:
    found = people(FOUR_CODERS).beyond_chance
    assert found.alpha_nominal.value == pytest.approx(0.743, abs=5e-4)
    assert found.alpha_ordinal.value == pytest.approx(0.815, abs=5e-4)
    assert found.alpha_interval.value == pytest.approx(0.849, abs=5e-4)


def test_krippendorffs_example_of_two() -> None:
    # Krippendorff (2011), examples A and B.
    first, second = (0, 1, 0, 0, 0, 0, 0, 0, 1, 0), (1, 1, 1, 0, 0, 1, 0, 0, 0, 0)
    two = people(tuple(tuple(x + 1 for x in row) for row in (first, second)), (0.0, 1.0))
    assert two.beyond_chance.alpha_nominal.value == pytest.approx(0.095, abs=5e-4)
    letters = tuple(tuple("abcde".index(x) + 1 for x in row) for row in ("aabbdcccedda", "babbbccceddd"))
    assert people(letters).beyond_chance.alpha_nominal.value == pytest.approx(0.692, abs=5e-4)


def test_gwets_example_of_four_raters() -> None:
    found = people(FOUR_CODERS)
    assert found.right.value == pytest.approx(0.8181818, abs=1e-6)
    assert found.beyond_chance.ac1.value == pytest.approx(0.77544, abs=5e-6)
    assert found.beyond_chance.fleiss_kappa.value == pytest.approx(0.76117, abs=5e-6)


def test_gwets_example_of_two_abstractors() -> None:
    found = of_table([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
    assert found.right.value == pytest.approx(0.89)
    assert found.beyond_chance.ac1.value == pytest.approx(0.8493305, abs=5e-7)
    assert found.beyond_chance.fleiss_kappa.value == pytest.approx(0.7962397, abs=5e-7), "Scott’s pi, of two"
    (two,) = found.pairs
    assert two.kappa.nominal.value == pytest.approx(0.7964094, abs=5e-7)


def test_ac1_stays_where_kappa_falls_below_zero() -> None:
    # Gwet (2008): 118 of 125 agree on one answer.
    found = of_table([[118, 5], [2, 0]])
    assert found.beyond_chance.ac1.value == pytest.approx(0.9408, abs=5e-5)
    assert found.pairs[0].kappa.nominal.value == pytest.approx(-0.0234, abs=5e-5)


@pytest.mark.parametrize(("kind", "name"), [("nominal", None), ("linear", "linear"), ("quadratic", "quadratic")])
def test_kappa_is_that_of_scikit_learn(kind: str, name: str | None) -> None:
    rng = np.random.default_rng(3)
    first = rng.integers(0, 4, 300)
    second = np.where(rng.random(300) < 0.6, first, rng.integers(0, 4, 300))
    weight = rng.choice([1.0, 2.5, 10.0], 300)
    joint = np.zeros((1, 4, 4))
    np.add.at(joint[0], (first, second), weight)
    distance = distances(Distance(kind), np.arange(4.0), joint.sum(axis=2))
    assert cohen_kappa(joint, distance)[0] == pytest.approx(
        cohen_kappa_score(first, second, weights=name, sample_weight=weight), abs=1e-12
    )


def test_alpha_of_weighted_units_is_that_of_its_definition() -> None:
    """Disagreement within units over that of any two answers, both as plain sums over pairs of answers."""
    rng = np.random.default_rng(8)
    counts = rng.integers(2, 5, 30)
    unit = np.repeat(np.arange(30), counts)
    value = rng.choice(LEVELS, unit.size, p=[0.4, 0.2, 0.2, 0.1, 0.1])
    weight = rng.choice([1.0, 3.0, 10.0], 30)[unit]
    who = np.concatenate([np.arange(c) for c in counts])
    found = between_people(unit, who, value, weight=weight, levels=LEVELS, replicates=100).beyond_chance

    squared = (value[:, None] - value) ** 2
    same, other = unit[:, None] == unit, ~np.eye(unit.size, dtype=bool)
    inside = (squared * same * (weight / (counts[unit] - 1))[:, None]).sum() / weight.sum()
    both = weight[:, None] * weight * other
    assert found.alpha_interval.value == pytest.approx(
        1.0 - inside / ((squared * both).sum() / both.sum()), abs=1e-12
    )


def test_weights_of_answers_are_repeated_answers() -> None:
    rng = np.random.default_rng(9)
    first = rng.integers(0, 3, 60)
    second = np.where(rng.random(60) < 0.7, first, rng.integers(0, 3, 60))
    times = rng.integers(1, 4, 60)
    levels = (0.0, 0.5, 1.0)

    def agreed(units: np.ndarray, weight: np.ndarray | None) -> PeopleAgreement:
        rows = np.concatenate([units, units])
        values = np.asarray(levels)[np.concatenate([first[units], second[units]])]
        sample = np.tile(np.arange(units.size), 2)
        both = None if weight is None else np.tile(weight, 2)
        return between_people(
            sample, ["a"] * units.size + ["b"] * units.size, values, weight=both, cluster=rows, levels=levels,
            replicates=100,
        )  # fmt: skip

    weighted, repeated = agreed(np.arange(60), times), agreed(np.repeat(np.arange(60), times), None)
    for name in ("fleiss_kappa", "ac1", "ac2"):
        one, other = (getattr(found.beyond_chance, name) for found in (weighted, repeated))
        assert one.value == pytest.approx(other.value, abs=1e-12), name
        assert one.low == pytest.approx(other.low, abs=1e-9), "a unit that is repeated within its cluster is one draw"
    assert weighted.pairs[0].kappa.quadratic.value == pytest.approx(repeated.pairs[0].kappa.quadratic.value)


def test_an_annotators_last_answer_counts_and_unusable_ones_are_counted() -> None:
    found = between_people(
        ["s", "s", "s", "t", "t", "u"], ["a", "b", "a", "a", "b", "a"], [0.0, 1.0, 1.0, 0.0, float("nan"), 7.0],
        replicates=100,
    )  # fmt: skip
    assert (found.samples, found.paired, found.annotators, found.left_out) == (2, 1, 2, 2)
    assert found.right.value == 1.0
    assert found.table == ((0.0, 0.0), (0.0, 1.0))
