"""Judges that answer as a test tells them to, without a network."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from evaluator.core.criterion import Direction
from evaluator.core.errors import InvalidInput, NotFound
from evaluator.core.judge import JudgeReply, JudgeRequest, Model, Price, Token
from evaluator.core.rubric import Rubric, SomeRubrics
from evaluator.evaluators.rubric.evaluator import RubricEvaluator

T = TypeVar("T")
Answers = Callable[[JudgeRequest], JudgeReply]

PRICE = Price(input=1.0, output=2.0)
POLITE = {
    "name": "polite",
    "title": "Politeness",
    "description": "Whether the answer is polite.",
    "criterion": {"name": "unsafe_tone", "bad_when": "The answer is rude."},
    "inputs": ["question", "answer"],
    "scale": {
        "type": "ordinal",
        "direction": Direction.HIGHER_IS_BETTER,
        "choices": [
            {"label": "kind", "value": 1.0, "description": "It is friendly."},
            {"label": "curt", "value": 0.6, "description": "It is short, and would pass."},
            {"label": "rude", "value": 0.0, "description": "A user would complain."},
        ],
    },
    "instructions": "Judge the words of the answer, not the news that they bring.",
}


def rubric_of(**changes: Any) -> Rubric:
    """A small rubric, with some fields changed."""
    return Rubric.model_validate(POLITE | changes)


def said(verdict: str, reason: str = "Because.", **fields: Any) -> JudgeReply:
    """A reply that is as it should be."""
    text = json.dumps({"reason": reason, "verdict": verdict})
    return JudgeReply(**{"text": text, "input_tokens": 600, "output_tokens": 20, "seconds": 0.1, **fields})


def unmarked(prompt: str) -> str:
    """A prompt without the marks of its fences."""
    return re.sub(r"(?<![0-9a-zA-Z])[0-9a-f]{2}\| ", "", prompt)


def in_tokens(*texts: str, top: Mapping[str, Mapping[str, float]] | None = None) -> list[Token]:
    """A reply in tokens; `top` gives the candidates of some of them, with log-probabilities."""
    return [Token(text, -0.1, tuple(((top or {}).get(text) or {text: -0.1}).items())) for text in texts]


@dataclass
class ScriptedClient:
    """Answers each call by `answers`, which may raise; keeps what it was asked."""

    answers: Answers
    asked: list[JudgeRequest] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    delay: float = 0.0
    """What all but the first call take (s)."""

    async def ask(self, request: JudgeRequest, seconds: float) -> JudgeReply:
        assert seconds > 0
        with self.lock:
            self.asked.append(request)
            first = len(self.asked) == 1
        await asyncio.sleep(0.0 if first else self.delay)
        return self.answers(request)

    def run(self, calls: Sequence[Awaitable[T]]) -> list[T | BaseException]:
        async def together() -> list[T | BaseException]:
            return await asyncio.gather(*calls, return_exceptions=True)

        with ThreadPoolExecutor(1) as alone:  # a browser of another test leaves a loop running in the main thread
            return alone.submit(asyncio.run, together()).result()


@dataclass
class ScriptedProvider:
    script: ScriptedClient
    name: str = "scripted"
    host: str = "scripted.test"
    default_model: str | None = "judge-1"
    missing: str | None = None
    window: int | None = None
    price: Price | None = PRICE

    def model(self, name: str) -> Model:
        return Model(name=name, price=self.price, window=self.window)

    def client(self) -> ScriptedClient:
        return self.script


@dataclass
class OneProvider:
    """Judges that know one provider."""

    one: ScriptedProvider

    def provider(self, name: str | None = None) -> ScriptedProvider:
        if name not in (None, self.one.name):
            raise NotFound("provider", name, f"There are {self.one.name}")
        return self.one

    def provider_for_url(self, base_url: str) -> ScriptedProvider:
        raise InvalidInput("base_url", "is not allowed", base_url)

    def providers(self) -> list[ScriptedProvider]:
        return [self.one]


def judge(
    answers: Answers | JudgeReply,
    rubric: Rubric | None = None,
    *,
    provider: Mapping[str, Any] | None = None,
    **given: Any,
) -> tuple[RubricEvaluator, ScriptedClient]:
    """An open evaluator by `rubric`, and what it asks."""
    script = ScriptedClient(answers if callable(answers) else lambda _: answers)
    judges = OneProvider(ScriptedProvider(script, **(provider or {})))
    rubric = rubric or rubric_of()
    given = {"repeat_share": 0.0} | given
    evaluator = RubricEvaluator(member=rubric.name, rubrics=SomeRubrics([rubric]), judges=judges, **given)
    evaluator.open()
    return evaluator, script
