"""This project: the evaluator of the shipped rubric, priced and asked in batches as workers do it.

    python -m bench.judge.drivers.faithline TASK THREADS [expected]

Each of `THREADS` takes the next batch when it is done with one, as each slot of a judge worker does. `expected` asks
for log-probabilities, too, which is the default of a rule.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from bench.judge.drivers.measure import Case, Judge, Task, drive
from evaluator.core.evaluator import sample_of
from evaluator.core.limits import LocalLimiter
from evaluator.core.outcome import Outcome, Reason, Score
from evaluator.core.trace import Sample
from evaluator.evaluators.rubric.evaluator import RubricEvaluator
from evaluator.judges.providers import open_judges
from evaluator.shipped import shipped_rubrics

BATCH = 64


def make(task: Task) -> Judge:
    threads, expected = int(sys.argv[2]), "expected" in sys.argv[3:]
    judges = open_judges(
        limiter=LocalLimiter(), base_url=os.environ["OPENAI_BASE_URL"], model=task.model, price_input=1.0,
        price_output=2.0, window=128_000, concurrency=task.concurrency,
    )  # fmt: skip
    evaluator = RubricEvaluator(
        member="faithfulness", rubrics=shipped_rubrics(), judges=judges, repeat_share=0.0, expected=expected
    )
    evaluator.open()
    pool = ThreadPoolExecutor(threads)

    def batch(samples: Sequence[Sample]) -> list[Outcome]:
        evaluator.price(samples)  # a worker sets the money aside before it asks
        return evaluator.score(samples)

    def judge(cases: Sequence[Case]) -> list[object]:
        samples = [sample_of(case.question, case.answer, [case.context]) for case in cases]
        batches = [samples[i : i + BATCH] for i in range(0, len(samples), BATCH)]
        found = [outcome for outcomes in pool.map(batch, batches) for outcome in outcomes]
        return [_verdict(one) for one in found]

    return judge


def _verdict(outcome: Outcome) -> object:
    if isinstance(outcome, Score):
        return outcome.value
    return outcome.reason.value if outcome.reason is Reason.CANNOT_TELL else outcome


if __name__ == "__main__":
    drive("faithline", make)
