"""Rates of units that come as a table: of any source, one row a selected unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluator.stats.cells import Cells, finite_cells
from evaluator.stats.columns import Bools, Floats, Index, Keys, totals
from evaluator.stats.estimators.estimator import Evidence
from evaluator.stats.estimators.labelled import Carried, LabelledUnits, Response, Reviewed
from evaluator.stats.estimators.labels import CORRECTED, rates_of
from evaluator.stats.estimators.phases import Phase, phased
from evaluator.stats.estimators.rates import LEVEL, Rate
from evaluator.stats.estimators.raw import RAW
from evaluator.stats.estimators.registry import ESTIMATORS
from evaluator.stats.estimators.sample import Sample, standing
from evaluator.stats.estimators.strata import positive
from evaluator.stats.units import LARGEST, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """n selected units. What is left out of a table has the value said here."""

    score: Floats
    """[n] bad by the evaluator, in [0, 1]; NaN where there is none."""
    pi: Floats
    """[n] probability of selection, in (0, 1]."""
    kappa: Floats
    """[n] probability of being scored once selected, in (0, 1]; 1. Below it, a row without a score was passed over by
    design, and the scored ones stand for it."""
    cheap: Floats
    """[n] bad by a cheaper evaluator that scored rows before, those that were passed over, too, in [0, 1]; NaN where
    there is none. Where it says anything at all, `raw` and `corrected` are estimates in phases (see `phases`)."""
    failed: Bools
    """[n] whether scoring failed; False."""
    rho: Floats
    """[n] probability of review once selected and scored, in (0, 1]; 1."""
    drawn: Bools
    """[n] whether it was drawn for review; whether it has a label."""
    label: Floats
    """[n] bad by a person, in [0, 1]; NaN where there is none: of a drawn unit, that is non-response."""
    cluster: npt.NDArray[np.int64]
    """[n] units of an equal cluster > 0 tend to be alike; 0 stands alone."""
    stratum: Index
    """[n] of 0 ... k - 1; 0."""

    def check(self) -> None:
        """Raises ValueError that names the first column and row (from 0) that is not as said above."""
        chance = np.ones(len(self.pi))
        for name in ("pi", "kappa", "rho"):
            column = getattr(self, name)
            self._refuse(~((column > 0.0) & (column <= 1.0)), name, "must lie in (0, 1]")
            # Each with those before it: weights are made of their product.
            chance = chance * column
            self._refuse(chance < 1.0 / LARGEST, name, f"makes the unit weigh more than {LARGEST:.0e}")
        for name in ("score", "cheap", "label"):
            column = getattr(self, name)
            self._refuse((column < 0.0) | (column > 1.0), name, "must lie in [0, 1]")
        lacking = np.isnan(self.score) & ~self.failed & (self.kappa >= 1.0)
        self._refuse(
            lacking,
            "score",
            "is missing; say failed = 1 where scoring failed, kappa < 1 where it was not meant to be scored",
        )
        self._refuse(~np.isnan(self.label) & ~self.drawn, "label", "stands on a row that was not drawn")
        passed = np.isnan(self.score) & ~self.failed & self.drawn
        self._refuse(passed, "drawn", "is 1 on a row that was not scored: review draws from what is")

    @staticmethod
    def _refuse(wrong: Bools, name: str, problem: str) -> None:
        if wrong.any():
            raise ValueError(f"{name}: row {int(np.argmax(wrong))} {problem}")


def estimates(units: Selected, *, finite: bool = False, level: float = LEVEL) -> dict[str, Rate]:
    """The rate by every estimator. `finite`: intervals speak about the population that the units were drawn from,
    instead of the process behind it.

    Raises ValueError as `Selected.check` does, and for a level outside (0, 1).
    """
    units.check()
    kept = np.flatnonzero(~np.isnan(units.score) | units.failed)
    weight = 1.0 / (units.pi[kept] * units.kappa[kept])
    score, stratum = np.where(units.failed, np.nan, units.score)[kept], units.stratum[kept]
    state = np.where(np.isnan(score), State.FAILED, State.SCORED).astype(np.int8)
    cluster = np.zeros(kept.size, dtype=np.uint64) if finite else units.cluster[kept].astype(np.uint64)
    size = int(stratum.max(initial=0)) + 1
    columns = (weight, np.where(np.isnan(score), 0.0, score), state)
    if finite:
        cells = finite_cells(*columns, None, stratum, size)
    else:
        cells = Cells.of(*columns, cluster, None, stratum, size)
    labels = _labelled(units, kept, weight, score, stratum, cluster)
    point = np.zeros(size, dtype=np.intp)
    reviewed, carried = Reviewed(cells, point, labels, finite), Carried(cells, point, labels)
    evidence = Evidence(cells, point, 1, reviewed, carried, finite)
    found = {name: estimator.rates(evidence, level)[0] for name, estimator in ESTIMATORS.items()}
    in_phases = not np.isnan(units.cheap).all() and not np.isnan(score).all()
    return found | _in_phases(units, kept, evidence, level) if in_phases else found


def _in_phases(units: Selected, kept: Index, evidence: Evidence, level: float) -> dict[str, Rate]:
    """*raw* and *corrected* with what a cheaper evaluator said of all rows."""
    point, cluster = np.zeros(len(units.score), dtype=np.intp), units.cluster.astype(np.uint64)
    ran = np.zeros(len(units.score), dtype=np.bool_)
    ran[kept] = True
    weight = 1.0 / units.pi
    costly = weight / units.kappa
    own = np.where(units.failed, np.nan, units.score)
    scored, score = ran & ~np.isnan(own), _known(own, costly, units.stratum)
    cheaply = Phase(np.ones_like(ran), weight, _known(units.cheap, weight, units.stratum))
    # The scored stand for the failed of their stratum; with labels, these have its mean, and labels tell how far off.
    assert evidence.reviewed is not None
    lost = standing(np.where(ran, costly, 0.0), scored, units.stratum, evidence.reviewed.point, 1)
    stands = Phase(scored, costly * lost, score)
    by_costly = Phase(ran, costly, score)
    sample = Sample.of(evidence.reviewed, 1, np.zeros(1, dtype=np.bool_))
    rows = kept[np.flatnonzero(units.drawn[kept])[sample.place]]
    asked, value = np.zeros_like(ran), np.ones_like(weight)
    asked[rows], value[rows] = True, sample.value
    people = Phase(asked, value, units.label)
    raw = phased((cheaply, stands), point, cluster, 1, finite=evidence.finite)
    corrected = phased((cheaply, by_costly, people), point, cluster, 1, finite=evidence.finite)
    return {
        RAW.name: rates_of(raw, evidence, level, RAW.name, by_people=False)[0],
        CORRECTED.name: rates_of(corrected, evidence, level, CORRECTED.name)[0],
    }


def _known(score: Floats, weight: Floats, stratum: Index) -> Floats:
    """[n] `score`, where there is none its stratum's mean by `weight`, or that of all."""
    there = ~np.isnan(score)
    known, size = np.where(there, score, 0.0), int(stratum.max(initial=0)) + 1
    mass = totals(stratum, np.where(there, weight, 0.0), size)
    mean = totals(stratum, np.where(there, weight * known, 0.0), size)
    every = mean.sum() / max(mass.sum(), 1e-300)
    return np.where(there, known, np.where(mass > 0.0, mean / positive(mass), every)[stratum])


def _labelled(
    units: Selected, kept: Index, weight: Floats, score: Floats, stratum: Index, cluster: Keys
) -> LabelledUnits:
    drawn = np.flatnonzero(units.drawn[kept])
    label = units.label[kept][drawn]
    return LabelledUnits(
        cell=stratum[drawn],
        weight=weight[drawn],
        review=units.rho[kept][drawn],
        bad=score[drawn],
        verdict=label,
        response=np.where(np.isnan(label), Response.NONE, Response.VERDICT).astype(np.int8),
        cluster=cluster[drawn],
    )
