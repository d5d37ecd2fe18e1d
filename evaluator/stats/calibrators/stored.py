"""Calibrators by name, and back from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluator.stats.calibrators.calibrator import Calibrator
from evaluator.stats.calibrators.isotonic import IsotonicCalibrator
from evaluator.stats.calibrators.logistic import BetaCalibrator, IdentityCalibrator, PlattCalibrator

CALIBRATORS: dict[str, type[Calibrator]] = {
    one.kind: one for one in (IdentityCalibrator, PlattCalibrator, BetaCalibrator, IsotonicCalibrator)
}
"""By kind, the simplest first."""


def from_dict(stored: Mapping[str, Any]) -> Calibrator:
    """The calibrator whose `to_dict` gave `stored`; it predicts the same to the last bit.

    Raises ValueError, with the field, for what no calibrator has stored.
    """
    kind = stored.get("kind")
    if kind not in CALIBRATORS:
        raise ValueError(f"kind must be one of {', '.join(CALIBRATORS)}, got {kind!r}")
    try:
        labels, label_set, learned = int(stored["labels"]), str(stored["label_set"]), stored["learned"]
        return CALIBRATORS[kind](epsilon=float(stored["epsilon"])).restore(labels, label_set, learned)
    except KeyError as missing:
        raise ValueError(f"a stored {kind} calibrator has no {missing}") from None
    except TypeError as problem:
        raise ValueError(f"a stored {kind} calibrator cannot be read: {problem}") from None
