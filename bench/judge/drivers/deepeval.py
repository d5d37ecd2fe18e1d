"""DeepEval: G-Eval with its steps given, so that it makes one call a case, through `evaluate`."""

from __future__ import annotations

from collections.abc import Sequence

from deepeval import evaluate
from deepeval.evaluate import AsyncConfig, CacheConfig, DisplayConfig, ErrorConfig
from deepeval.metrics import GEval
from deepeval.models import GPTModel
from deepeval.test_case import LLMTestCase, SingleTurnParams

from bench.judge.drivers.measure import Case, Judge, Task, drive

PARAMETERS = [SingleTurnParams.INPUT, SingleTurnParams.RETRIEVAL_CONTEXT, SingleTurnParams.ACTUAL_OUTPUT]


def make(task: Task) -> Judge:
    metric = GEval(
        name="faithfulness", evaluation_steps=[task.instructions], evaluation_params=PARAMETERS,
        model=GPTModel(model=task.model),
    )  # fmt: skip

    def judge(cases: Sequence[Case]) -> list[object]:
        found = evaluate(
            test_cases=[_test_case(case) for case in cases],
            metrics=[metric],
            async_config=AsyncConfig(max_concurrent=task.concurrency, throttle_value=0),
            display_config=DisplayConfig(show_indicator=False, print_results=False),
            cache_config=CacheConfig(write_cache=False),
            error_config=ErrorConfig(ignore_errors=True),
        )
        told = [one.metrics_data[0] if one.metrics_data else None for one in found.test_results]
        return [None if one is None else one.error or one.score for one in told]

    return judge


def _test_case(case: Case) -> LLMTestCase:
    return LLMTestCase(input=case.question, actual_output=case.answer, retrieval_context=[case.context])


if __name__ == "__main__":
    drive("deepeval", make)
