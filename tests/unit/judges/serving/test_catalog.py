"""Which models there are, and that the provider of the judge on this machine says the same."""

from __future__ import annotations

import pytest

from evaluator.core.errors import InvalidInput
from evaluator.core.judge import Price
from evaluator.core.limits import LocalLimiter
from evaluator.judges.local import LOCAL
from evaluator.judges.providers import open_judges
from evaluator.judges.serving.catalog import MODELS, QWEN, SMOLLM, known_model


def test_the_provider_asks_for_the_model_that_is_served_unless_another_is_named() -> None:
    assert LOCAL.model == MODELS[0].name == QWEN.name


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_what_is_fetched_costs_nothing_and_has_its_window(model: object) -> None:
    local = open_judges(limiter=LocalLimiter()).provider("local")
    found = local.model(model.name)  # type: ignore[attr-defined]
    assert (found.price, found.window) == (Price(input=0.0, output=0.0), model.window)  # type: ignore[attr-defined]


def test_a_file_of_ones_own_costs_nothing_either() -> None:
    assert open_judges(limiter=LocalLimiter()).provider("local").model("my-file").price == Price(
        input=0.0, output=0.0
    )


def test_a_name_may_be_cut_short_as_long_as_it_names_one() -> None:
    assert known_model("smol") is SMOLLM
    assert known_model("qwen2.5-coder-1.5b") is QWEN
    for wrong in ("", "gpt-4", "qwen3"):
        with pytest.raises(InvalidInput, match=QWEN.name):
            known_model(wrong)
