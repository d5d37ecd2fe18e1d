"""How the contract suite makes each built-in evaluator, here and in a fresh process."""

from __future__ import annotations

import os
from typing import Any

from evaluator.core.evaluator import Evaluator
from evaluator.evaluators import registry
from evaluator.models.runtime import Runtime
from evaluator.shipped import ShippedGolden

WEIGHTS_VARIABLE = "FAITHLINE_TEST_WEIGHTS"
CHECKPOINTS_VARIABLE = "FAITHLINE_TEST_CHECKPOINTS"


def make(name: str, weights: str | None, **parameters: Any) -> Evaluator:
    return registry.create(name, parameters, ShippedGolden(), Runtime(weights_path=weights, threads=1))


def on_random_weights(name: str, **parameters: Any) -> Evaluator:
    return make(name, os.environ[WEIGHTS_VARIABLE], **parameters)


def on_checkpoint(name: str, folder: str, **parameters: Any) -> Evaluator:
    """The evaluator `name` on a tiny checkpoint of the session's; ``{root}`` in a parameter is where they lie."""
    root = os.environ[CHECKPOINTS_VARIABLE]
    given = {key: value.format(root=root) if isinstance(value, str) else value for key, value in parameters.items()}
    return registry.create(name, {"model": f"{root}/{folder}", **given}, runtime=Runtime(threads=1))
