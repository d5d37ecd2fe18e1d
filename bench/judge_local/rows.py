"""Rows as the rubric needs them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from training.sets import Item

TASKS = {"Summary": "Summarize the text.", "Data2txt": "Write an overview of the business from its data."}
"""What was asked for where a row has no question, which the rubric needs."""


def asked_rows(items: Iterable[Item]) -> list[Item]:
    """`items`, each with a question."""
    return [
        replace(item, question=item.question or TASKS.get(item.part, "Answer from the context.")) for item in items
    ]
