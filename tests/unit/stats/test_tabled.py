"""Rates of units in a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evaluator.stats.estimators.tabled import Selected, estimates


def table(n: int = 400, **columns: Any) -> Selected:
    """n units, scored by an evaluator that misses a third of the bad ones; every fourth is labelled."""
    rng = np.random.default_rng(1)
    bad = (np.arange(n) % 5 == 0).astype(float)
    score = np.where((bad > 0) & (np.arange(n) % 3 > 0), 0.0, bad)
    given = {
        "score": score, "cheap": np.full(n, np.nan), "pi": np.full(n, 0.5),
        "kappa": np.ones(n), "rho": np.full(n, 0.25),
        "failed": np.zeros(n, dtype=bool), "drawn": rng.random(n) < 0.25, "cluster": np.zeros(n, dtype=np.int64),
        "stratum": np.zeros(n, dtype=np.intp),
    } | columns  # fmt: skip
    given.setdefault("label", np.where(given["drawn"], bad, np.nan))
    return Selected(**given)


def test_all_four_and_what_they_say() -> None:
    found = estimates(table())
    assert list(found) == ["raw", "human", "corrected", "transported"]
    assert found["raw"].estimate == pytest.approx(0.0675, abs=0.001)
    assert found["corrected"].low < 0.2 < found["corrected"].high
    assert found["raw"].high < 0.2, "its interval does not know of what the evaluator misses"
    assert {rate.variance for rate in found.values()} == {"process"}


def test_a_population_that_is_all_there_is_leaves_less_to_chance() -> None:
    units = table(pi=np.ones(400), rho=np.full(400, 0.25))
    process, window = estimates(units), estimates(units, finite=True)
    for name in ("raw", "human", "corrected"):
        # Each has the lambda that makes its own variance least.
        assert window[name].estimate == pytest.approx(
            process[name].estimate, abs=0.01 if name == "corrected" else 1e-9
        )
        assert window[name].high - window[name].low < process[name].high - process[name].low
        assert window[name].variance == "window"


def test_rows_that_a_costly_score_passed_over_are_stood_for_by_others() -> None:
    scored = np.arange(400) % 2 == 0
    whole = table()
    half = table(
        score=np.where(scored, whole.score, np.nan), kappa=np.full(400, 0.5), drawn=whole.drawn & scored,
        label=np.where(scored, whole.label, np.nan),
    )  # fmt: skip
    found = estimates(half)["raw"]
    assert found.counts.scored == 200
    assert found.estimate == pytest.approx(float(np.nanmean(half.score)))


def test_a_cheaper_score_of_all_rows_narrows_what_a_costly_one_says_of_some() -> None:
    scored = np.arange(2000) % 4 == 0
    whole = table(2000)
    asked = whole.drawn & scored
    given = {
        "score": np.where(scored, whole.score, np.nan), "kappa": np.full(2000, 0.25), "drawn": asked,
        "label": np.where(asked, whole.label, np.nan), "stratum": np.arange(2000) % 3,
    }  # fmt: skip
    cheap = 0.2 + 0.6 * whole.score + 0.1 * np.sin(np.arange(2000))
    cheap[::7] = np.nan  # where it failed
    alone, both = estimates(table(2000, **given)), estimates(table(2000, cheap=cheap, **given))
    mean = float(whole.score.mean())
    for name, true, narrower in (("raw", mean, 0.75), ("corrected", 0.2, 1.0)):
        assert both[name].low < true < both[name].high
        width = both[name].high - both[name].low
        assert width < narrower * (alone[name].high - alone[name].low), name
        assert (both[name].counts, both[name].labels) == (alone[name].counts, alone[name].labels)
    assert abs(both["raw"].estimate - mean) < abs(alone["raw"].estimate - mean) + 0.01
    assert both["human"] == alone["human"]
    failed = {"failed": scored, "drawn": np.zeros(2000, dtype=bool), "label": np.full(2000, np.nan)}
    assert estimates(table(2000, cheap=cheap, **(given | failed)))["raw"].estimate is None, "no costly score, no rate"
    window = estimates(table(2000, cheap=cheap, **given), finite=True)["corrected"]
    assert window.high - window.low < both["corrected"].high - both["corrected"].low


@pytest.mark.parametrize("kappa", [0.3, 1.0])
def test_what_failed_narrows_nothing_beside_a_cheap_score(kappa: float) -> None:
    """Half of the costly scores fail by chance; taken for their stratum's mean they halved the interval."""
    rng, n, covered = np.random.default_rng(3), 600, 0
    for _ in range(100):
        score = np.clip(0.55 * (rng.random(n) < 0.27) + rng.beta(2.0, 6.0, n), 0.0, 1.0)
        cheap = 0.6 * score + 0.4 * rng.random(n)
        chance = kappa + (1.0 - kappa) * cheap
        ran = rng.random(n) < chance
        failed = ran & (rng.random(n) < 0.5)
        units = table(
            n, score=np.where(ran & ~failed, score, np.nan), cheap=cheap, kappa=chance, failed=failed,
            pi=np.ones(n), drawn=np.zeros(n, dtype=bool), stratum=rng.integers(0, 2, n),
        )  # fmt: skip
        rate = estimates(units)["raw"]
        covered += rate.low <= 0.396 <= rate.high
    assert covered >= 89


def test_a_failure_is_none_of_the_scores_and_stays_in_the_counts() -> None:
    failed = np.arange(400) % 10 == 1
    found = estimates(table(failed=failed))
    assert found["raw"].counts.failed == 40
    assert found["raw"].worst_high > found["raw"].worst_low
    assert found["corrected"].estimate == pytest.approx(0.2, abs=0.08)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"pi": np.full(400, 0.0)}, r"pi: row 0 must lie in \(0, 1\]"),
        ({"rho": np.full(400, 1.5)}, r"rho: row 0 must lie in \(0, 1\]"),
        ({"score": np.full(400, 2.0)}, r"score: row 0 must lie in \[0, 1\]"),
        ({"score": np.full(400, np.nan)}, "score: row 0 is missing"),
        ({"drawn": np.zeros(400, dtype=bool), "label": np.ones(400)}, "label: row 0 stands on a row that was not"),
    ],
)
def test_what_is_wrong_is_named(columns: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        estimates(table(**columns))
