from __future__ import annotations

import pytest

from evaluator.ingest.otlp.tracestate import sampling_probability, stated_probability


@pytest.mark.parametrize(
    ("tracestate", "probability"),
    [
        ("ot=th:0", 1.0),
        ("ot=th:8", 0.5),
        ("ot=th:c", 0.25),
        ("ot=th:C", 0.25),
        ("ot=rv:abcdefabcdefab;th:e666", 1 - 0xE666 / 16**4),
        ("vendor=x, ot=th:c ", 0.25),
        ("vendor=th:c", None),
        ("ot=p:8", None),
        ("ot=th:", None),
        ("ot=th:xyz", None),
        ("ot=th:0123456789abcdef", None),
        ("", None),
    ],
)
def test_probability(tracestate: str, probability: float | None) -> None:
    assert sampling_probability(tracestate) == probability


def test_the_smallest_probability_is_above_zero_and_too_small_to_count() -> None:
    assert stated_probability("ot=th:ffffffffffffff") == 2**-56
    assert sampling_probability("ot=th:ffffffffffffff") is None
    assert (sampling_probability("ot=th:ffffe"), sampling_probability("ot=th:fffff")) == (2**-19, None)
