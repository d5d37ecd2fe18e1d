"""Four times as much takes about four times as long to read, whatever a sender nests in what."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from evaluator.core.bounds import DEPTH
from evaluator.ingest.assembly.echoes import Call, evidence
from evaluator.ingest.conventions import read
from evaluator.ingest.shapes import answer_in, conversation_in, passages_in, question_in, read_messages, replies_in
from evaluator.ingest.shapes.structure import _parsed_lately
from tests.support.linear import Run, grows_linearly, seconds

LEVELS = DEPTH.size - 4


def reading(value: Any) -> Run:
    def run() -> None:
        for side in (conversation_in, replies_in, question_in, answer_in, passages_in, read_messages):
            side(value)
        passages_in(value, certain=False)

    return run


def everywhere(value: Any) -> Run:
    """The value as what several conventions look at."""
    keys = ("input.value", "langfuse.observation.input", "ai.prompt", "gen_ai.prompt", "mlflow.spanInputs")
    body = {"attributes": dict.fromkeys(keys, value) | {key.replace("nput", "utput"): value for key in keys}}
    return lambda: read(body)


def within(key: str, value: Any, levels: int = LEVELS) -> Any:
    for _ in range(levels):
        value = {key: value}
    return value


def beside(keys: tuple[str, ...], value: Any, levels: int = LEVELS) -> Any:
    """Wrappers of several names each, of which all but the last hold nothing of use."""
    for level in range(levels):
        value = {key: {"n": level} for key in keys[:-1]} | {keys[-1]: value}
    return value


def quoted(value: Any, times: int) -> str:
    for _ in range(times):
        value = json.dumps({"output": value, "inputs": value if times == 1 else 1})
    return str(value)


def numbers(n: int) -> list[Any]:
    return [{"a": i} for i in range(8 * n)]


def echo(output: Any, arguments: Any, answer: str, earlier: bool = False) -> Run:
    call = Call(json.dumps(output), json.dumps(arguments), earlier)
    return lambda: evidence(call, answer)


CASES: dict[str, Callable[[int], Run]] = {
    "a list of numbers": lambda n: reading([1] * 40 * n),
    "a list of texts": lambda n: reading(["a text of words"] * 20 * n),
    "objects that are nothing": lambda n: reading(numbers(n)),
    "messages": lambda n: reading([{"role": "user", "content": "a text of words"}] * 4 * n),
    "wrappers around much": lambda n: reading(within("output", numbers(n))),
    "wrappers around much, in an input": lambda n: reading(within("inputs", numbers(n))),
    "wrappers of documents": lambda n: reading(within("documents", numbers(n))),
    "wrappers that nobody knows": lambda n: reading(within("x", numbers(n))),
    "wrappers under many names": lambda n: reading(beside(("kwargs", "args", "data", "state", "input"), numbers(n))),
    "wrappers of results": lambda n: reading(beside(("results", "hits", "value", "documents"), numbers(n))),
    "lists in lists": lambda n: reading([[[[[[[numbers(n)]]]]]]]),
    "contents in contents": lambda n: reading([{"role": "user", "content": within("content", ["a text"] * 20 * n)}]),
    "results in results": lambda n: reading(
        [{"role": "tool", "content": [within("toolResult", {"content": numbers(n)}, 20)]}]
    ),
    "a key in many spellings": lambda n: reading({"a" + "_" * (i % 60) + "b" * (i // 60): i for i in range(2 * n)}),
    "a message in many spellings": lambda n: reading(
        [{"role": "user"} | {"con" + "_" * i + "tent": "a text of words" for i in range(50)}] * (n // 10)
    ),
    "json in json": lambda n: reading(quoted("a text of words " * 8 * n, 10)),
    "json in json, everywhere": lambda n: everywhere(quoted(numbers(n // 4), 6)),
    "json that does not end": lambda n: reading("[" * 400 * n),
    "texts that might be json": lambda n: reading(["[a text of words"] * 4 * n),
    "a text that might be a conversation": lambda n: reading("user: " * 400 * n),
    "a conversation in one text": lambda n: reading("user: hello\nassistant: hello\n" * 8 * n),
    "spaces before a conversation": lambda n: reading("user" + " " * 4000 * n),
    "everywhere": lambda n: everywhere(json.dumps(within("output", numbers(n // 4), 6))),
    "columns": lambda n: reading({"documents": [["a text"] * 4 * n], "ids": [["i"] * 4 * n]}),
    "layers of a document": lambda n: reading([within("node", within("metadata", {"k": 1}, 6), 6)] * n),
    "arguments and findings": lambda n: echo(
        [f"a finding of some length, number {i}" for i in range(n)],
        [f"an argument of some length, number {i}" for i in range(n)],
        "an answer of some length " * n,
    ),
    "arguments and an answer that holds them": lambda n: echo(
        {"sent": True}, [f"number {i} of many arguments" for i in range(2 * n)], " ".join(map(str, range(20 * n)))
    ),
    "findings within the answer": lambda n: echo(["x " * 12 + "y"] * n, {"k": 1}, "x " * 200 * n, earlier=False),
    "a text of words behind words": lambda n: echo("a " * 100 * n, {"k": 1}, "a " * 50 * n),
    "tools behind one answer": lambda n: many(n),
}


def many(n: int) -> Run:
    answer = "an answer of some length " * n
    calls = [Call(f"finding number {i} of the shop", "{}", False) for i in range(n)]
    return lambda: [evidence(call, answer) for call in calls]


def anew(run: Run) -> Run:
    """The run, with nothing parsed before."""

    def parsing() -> None:
        _parsed_lately.cache_clear()
        run()

    return parsing


@pytest.mark.parametrize("name", CASES)
def test_time_grows_with_what_came(name: str) -> None:
    grows_linearly(anew(CASES[name](200)), anew(CASES[name](800)), 0.001)


@pytest.mark.parametrize("key", ["output", "inputs", "documents", "results", "x", "content", "kwargs", "messages"])
def test_each_level_costs_the_same(key: str) -> None:
    value = [{"a": i} for i in range(1000)]
    flat, deep = anew(reading(within(key, value, 1))), anew(reading(within(key, value, 60)))
    assert any(seconds(deep) < 16 * (seconds(flat) + 0.001) for _ in range(3))
