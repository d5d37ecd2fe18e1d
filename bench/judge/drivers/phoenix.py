"""arize-phoenix-evals: a classifier with a prompt of its own, over a data frame, by its asynchronous executor."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
from phoenix.evals import LLM, async_evaluate_dataframe, create_classifier

from bench.judge.drivers.measure import Case, Judge, Task, drive

UNBOUND = 10_000.0
"""Calls a second: by default it begins with few, and finds out what the provider takes."""
NAME = "faithfulness"
MATERIAL = "\n\nQuestion:\n{{question}}\n\nContext:\n{{context}}\n\nAnswer:\n{{answer}}"


def make(task: Task) -> Judge:
    evaluator = create_classifier(
        name=NAME,
        prompt_template=task.instructions + MATERIAL,
        llm=LLM(provider="openai", model=task.model, initial_per_second_request_rate=UNBOUND),
        choices=task.labels,
    )
    loop = asyncio.new_event_loop()

    def judge(cases: Sequence[Case]) -> list[object]:
        frame = pd.DataFrame([asdict(case) for case in cases])
        work = async_evaluate_dataframe(
            dataframe=frame, evaluators=[evaluator], concurrency=task.concurrency, hide_tqdm_bar=True,
            exit_on_error=False, max_retries=0,
        )  # fmt: skip
        rows: list[dict[str, Any]] = loop.run_until_complete(work).to_dict("records")
        return [_verdict(row) for row in rows]

    return judge


def _verdict(row: dict[str, Any]) -> object:
    score = row.get(f"{NAME}_score")
    if isinstance(score, str):
        score = json.loads(score)
    return score["label"] if isinstance(score, dict) else row.get(f"{NAME}_execution_details")


if __name__ == "__main__":
    drive("arize-phoenix-evals", make)
