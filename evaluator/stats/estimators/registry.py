"""The estimators by name. To add one, write its file and name it here."""

from __future__ import annotations

from evaluator.stats.estimators.estimator import Estimator
from evaluator.stats.estimators.labels import CORRECTED, HUMAN
from evaluator.stats.estimators.raw import RAW
from evaluator.stats.estimators.transported import TRANSPORTED

ESTIMATORS: dict[str, Estimator] = {estimator.name: estimator for estimator in (RAW, HUMAN, CORRECTED, TRANSPORTED)}
