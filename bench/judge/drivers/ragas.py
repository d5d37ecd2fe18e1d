"""Ragas: a `DiscreteMetric` with a prompt of its own, through `abatch_score`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from openai import AsyncOpenAI
from ragas.llms import llm_factory
from ragas.metrics import DiscreteMetric

from bench.judge.drivers.measure import Case, Judge, Task, drive

PROMPT = "{instructions}\n\nQuestion:\n{{question}}\n\nContext:\n{{context}}\n\nAnswer:\n{{answer}}"


def make(task: Task) -> Judge:
    llm = llm_factory(task.model, client=AsyncOpenAI(max_retries=0))
    prompt = PROMPT.format(instructions=task.instructions.replace("{", "{{").replace("}", "}}"))
    metric = DiscreteMetric(name="faithfulness", prompt=prompt, allowed_values=list(task.labels))
    loop = asyncio.new_event_loop()
    room = asyncio.Semaphore(task.concurrency)

    async def one(case: Case) -> object:
        async with room:
            found = await metric.ascore(
                llm=llm, question=case.question, context=case.context, answer=case.answer
            )  # fmt: skip
            return found.value

    async def together(cases: Sequence[Case]) -> list[object]:
        return list(await asyncio.gather(*map(one, cases), return_exceptions=True))

    return lambda cases: loop.run_until_complete(together(cases))


if __name__ == "__main__":
    drive("ragas", make)
