"""The estimators by name. To add one, write its file and name it here."""

from __future__ import annotations

from evaluator.stats.estimator import Estimator
from evaluator.stats.raw import RAW

ESTIMATORS: dict[str, Estimator] = {estimator.name: estimator for estimator in (RAW,)}
