"""Asks a judge about one text, reads what it says, and counts what that cost."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluator.core.judge import JudgeClient, JudgeError, JudgeReply, JudgeRequest, Price
from evaluator.core.outcome import Reason
from evaluator.core.rubric import Rubric
from evaluator.judges.expected import probabilities
from evaluator.judges.fence import new_code
from evaluator.judges.prompt import CANNOT_TELL, DOES_NOT_APPLY, system_of, user_of
from evaluator.judges.size import least_tokens, most_tokens, words_in
from evaluator.judges.verdict import Unreadable, Verdict, read_verdict, schema_of

CALLS = 2
"""That one verdict may be charged for: what can not be read, or was lost, is asked for once more."""
TOP_LOGPROBS = 20
WRITTEN = 0.25
"""A provider may charge so much on top for instructions that it puts into its cache."""
_FORM = "Reply with one JSON object that follows this JSON schema, and with nothing else." * 2
"""Longer than any words in which a provider, or its client, asks for the schema."""


@dataclass(slots=True)
class Spent:
    """What the calls for one sample came to."""

    usd: float = 0.0
    charged: int = 0
    """Calls that were paid for, or may have been."""
    tries: int = 0
    """Calls that were sent, those that were turned away among them."""
    answered: int = 0
    """Calls that have a reply; what follows is theirs."""
    seconds: float = 0.0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """A verdict with its value on the rubric's scale: None where it names no level.

    `chances` are the probabilities of the labels, where the provider gives them: `value` is then the expected one.
    """

    verdict: Verdict
    value: float | None
    chances: Mapping[str, float] | None
    repaired: bool
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a rubric is asked: everything that is the same for all samples."""

    rubric: Rubric
    client: JudgeClient
    model: str
    price: Price
    max_output_tokens: int
    temperature: float | None
    seed: int | None
    explain: bool
    expected: bool
    system: str = field(init=False)
    schema: Mapping[str, Any] = field(init=False)
    words: int = field(init=False)
    """Of `system`, which stands in every call."""
    told: int = field(init=False)
    """The most input tokens that are charged for `system` and the schema."""

    def __post_init__(self) -> None:
        system, schema = self.instructions(), schema_of(self.rubric, explain=self.explain)
        # As a provider, or its client, may put the schema beside the instructions.
        told = math.ceil(most_tokens(system, _FORM + json.dumps(schema)) * (1 + WRITTEN))
        for name, value in (("system", system), ("schema", schema), ("words", words_in(system)), ("told", told)):
            object.__setattr__(self, name, value)

    def instructions(self) -> str:
        return system_of(self.rubric, explain=self.explain)

    async def verdict(self, material: Mapping[str, str], until: float, spent: Spent) -> Heard:
        """What the judge says of `material`, before the moment `until` (of `time.monotonic`); `spent` grows.

        Raises:
            JudgeError: there is no verdict.
        """
        again = ""
        for last in (False, True):
            request = self.request(material, again)
            try:
                reply = await self._ask(request, until, spent)
                return self._heard(request, reply, repaired=bool(again))
            except JudgeError as error:
                if last or not (error.retryable and error.charged) or until - time.monotonic() < 1.0:
                    raise
            except Unreadable as problem:
                again = str(problem)
                if until - time.monotonic() < 1.0:
                    break
        raise JudgeError(Reason.INVALID_OUTPUT, f"no verdict could be read; of the last reply, {again}")

    def request(self, material: Mapping[str, str], again: str = "") -> JudgeRequest:
        """One call about `material`; `again` says what was wrong with the reply before."""
        return JudgeRequest(
            model=self.model,
            system=self.system,
            user=user_of(self.rubric, material, new_code(), explain=self.explain, again=again),
            max_output_tokens=self.max_output_tokens,
            temperature=self.temperature,
            seed=self.seed,
            schema=self.schema,
            top_logprobs=TOP_LOGPROBS if self.expected else 0,
        )

    def bound(self, request: JudgeRequest) -> float:
        """The most that a call can cost (US dollars): of the schema, too, which stands among what is read."""
        return self.price.of(self.told + most_tokens(request.user), request.max_output_tokens)

    async def _ask(self, request: JudgeRequest, until: float, spent: Spent) -> JudgeReply:
        try:
            reply = await self.client.ask(request, max(0.0, until - time.monotonic()))
        except JudgeError as error:
            spent.tries += error.tries
            if error.charged:
                spent.charged += 1
                spent.usd += self.bound(request)
            raise
        spent.charged += 1
        spent.answered += 1
        spent.tries += reply.tries
        spent.seconds += reply.seconds
        spent.usd += self._cost(request, reply)
        spent.input_tokens += reply.input_tokens or 0
        spent.cached_tokens += reply.cached_tokens or 0
        spent.output_tokens += reply.output_tokens or 0
        return reply

    def _cost(self, request: JudgeRequest, reply: JudgeReply) -> float:
        if reply.input_tokens is None or reply.output_tokens is None:
            return self.bound(request)
        return self.price.of(reply.input_tokens, reply.output_tokens, reply.cached_tokens or 0)

    def _heard(self, request: JudgeRequest, reply: JudgeReply, *, repaired: bool) -> Heard:
        """Raises Unreadable, and JudgeError for what another call would not mend."""
        least = least_tokens(self.words + words_in(request.user))
        if reply.input_tokens is not None and reply.input_tokens < least:
            problem = f"the provider read {reply.input_tokens:,} tokens of {least:,} or more: it cuts what it is sent"
            raise JudgeError(Reason.TOO_LONG, f"{problem}. Give the model a larger window there")
        if reply.finish in ("refusal", "filtered"):
            raise JudgeError(Reason.REFUSED, f"the provider would not judge it ({reply.finish})")
        if reply.finish == "length" and not reply.text.strip():
            problem = f"it wrote nothing within {request.max_output_tokens} tokens, as models do that think first"
            raise JudgeError(Reason.INVALID_OUTPUT, f"{problem}. Allow more with `max_output_tokens`")
        if reply.finish == "length":
            raise Unreadable(f"it was longer than {request.max_output_tokens} tokens")
        verdict = read_verdict(reply.text, self.rubric)
        chances = probabilities(reply.tokens, self.rubric.verdicts) if self.expected and reply.tokens else None
        value = None if verdict.label in (CANNOT_TELL, DOES_NOT_APPLY) else self._value(verdict.label, chances)
        return Heard(verdict, value, chances, repaired, reply.model)

    def _value(self, label: str, chances: Mapping[str, float] | None) -> float:
        """The expected value over the levels, where it is known that the verdict's own is a part of it."""
        levels = {name: p for name, p in (chances or {}).items() if name in self.rubric.scale.labels}
        total = sum(levels.values())
        if label not in levels or total <= 0.0:
            return self.rubric.scale.value(label)
        return min(1.0, sum(p * self.rubric.scale.value(name) for name, p in levels.items()) / total)


async def ended(calls: Sequence[Coroutine[Any, Any, Heard]]) -> list[Heard | JudgeError]:
    """What each of `calls` gave or raised, once all have ended: what is on its way costs money, whatever became of
    the others, and nobody would count it."""
    found = await asyncio.gather(*calls, return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException) and not isinstance(one, JudgeError):
            raise one  # what that cost nobody knows
    return [one for one in found if isinstance(one, Heard | JudgeError)]


def heard_in(found: Heard | JudgeError) -> Heard:
    """A verdict. Raises what there is in its place."""
    if isinstance(found, JudgeError):
        raise found
    return found
