"""MLflow: a judge by `make_judge`, called for each case, by as many threads as calls run at once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from mlflow.genai.judges import make_judge

from bench.judge.drivers.measure import Case, Judge, Task, drive

MATERIAL = "\n\nQuestion and context:\n{{ inputs }}\n\nAnswer:\n{{ outputs }}"


def make(task: Task) -> Judge:
    judge = make_judge(
        name="faithfulness",
        instructions=task.instructions + MATERIAL,
        model=f"openai:/{task.model}",
        feedback_value_type=Literal[tuple(task.labels)],
    )
    pool = ThreadPoolExecutor(task.concurrency)

    def one(case: Case) -> object:
        try:
            inputs = {"question": case.question, "context": case.context}
            found = judge(inputs=inputs, outputs={"answer": case.answer})
        except Exception as error:  # noqa: BLE001 - whatever it raises, there is no verdict
            return error
        return found.value if found.error is None else found.error

    def judged(cases: Sequence[Case]) -> list[object]:
        return list(pool.map(one, cases))

    return judged


if __name__ == "__main__":
    drive("mlflow", make)
