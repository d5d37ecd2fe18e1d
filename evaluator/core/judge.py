"""Language models that judge: what one is asked, what it answers, what that costs, and the ports to reach them."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from evaluator.core.errors import FaithlineError, InvalidInput, NotFound
from evaluator.core.outcome import Reason

T = TypeVar("T")

PER_MILLION = 1_000_000
"""Prices are of so many tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRequest:
    """One call. `system` is the same for all samples of a rubric, so that providers can cache it as a prefix.

    `schema` is the JSON schema that the reply is to follow (None: plain text); `top_logprobs` (0 to 20) asks for the
    log-probabilities of so many candidates for every token of the reply, where the provider has them.
    """

    model: str
    system: str
    user: str
    max_output_tokens: int
    temperature: float | None = 0.0
    """None leaves it out: some models refuse it."""
    seed: int | None = None
    schema: Mapping[str, Any] | None = None
    top_logprobs: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a reply, its log-probability, and the candidates for its place (token, log-probability)."""

    text: str
    logprob: float
    top: Sequence[tuple[str, float]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeReply:
    """What a provider answered. Token counts are None where it does not say, or says what can not be.

    `finish` is ``stop``, ``length``, ``refusal`` or ``filtered``; `seconds` is that of the call that answered and
    `tries` how many there were, those that a rate limit turned away among them.
    """

    text: str
    finish: str = "stop"
    input_tokens: int | None = None
    cached_tokens: int | None = None
    """Of the input tokens, those that the provider had in its cache."""
    output_tokens: int | None = None
    tokens: Sequence[Token] | None = None
    model: str = ""
    """The model that the provider says has answered."""
    seconds: float = 0.0
    tries: int = 1


class JudgeError(FaithlineError):
    """A call that has no reply.

    `charged`: the provider may have charged for it. `wait` (s): nothing was judged and nothing charged, and whoever
    asks again in so long may be answered: the work is to be given back, not counted as tried. `tries` is how often it
    was sent.
    """

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        retryable: bool = False,
        charged: bool = False,
        wait: float | None = None,
    ) -> None:
        super().__init__(message)
        self.reason, self.retryable, self.charged, self.wait = reason, retryable, charged, wait
        self.tries = 0


class NotConfigured(FaithlineError):
    """A judge that is not to be had here, for want of a provider, a price or an allowed host. Whoever runs the
    deployment can change that: of a rule that was pushed when it was there, all that is to be judged waits."""


class NoProvider(NotFound, NotConfigured):
    """A provider by a name that is not configured."""


class NotOffered(InvalidInput, NotConfigured):
    """A parameter that the deployment does not allow, or can not price."""


class JudgeClient(Protocol):
    """Speaks to one provider. All of a process use the same one, from whichever thread."""

    async def ask(self, request: JudgeRequest, seconds: float) -> JudgeReply:
        """Ask once, within `seconds` (s). Tried again only where it is certain that nothing was charged.

        Raises:
            JudgeError: there is no reply, and why.
        """
        ...

    def run(self, calls: Sequence[Awaitable[T]]) -> list[T | BaseException]:
        """Run what awaits `ask`, together, on the loop that belongs to the client; what each gave or raised, in their
        order. To be called from a thread without a loop."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a model costs (US dollars for `PER_MILLION` tokens)."""

    input: float
    output: float
    cached: float | None = None
    """Of input tokens from the provider's cache; None: as the others."""

    def of(self, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> float:
        """What a call costs (US dollars); `cached_tokens` are among the input tokens."""
        cached = min(max(0, cached_tokens), input_tokens)
        cheaper = self.input if self.cached is None else self.cached
        fresh = (input_tokens - cached) * self.input + cached * cheaper
        return (fresh + output_tokens * self.output) / PER_MILLION


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What is known of a model at a provider."""

    name: str
    price: Price | None = None
    """None: not known, and it may only be used once the operator has said what it costs."""
    window: int | None = None
    """Tokens that it reads and writes together; None: not known."""


class Provider(Protocol):
    """A place that answers to judges, as the operator has configured it."""

    @property
    def name(self) -> str: ...

    @property
    def host(self) -> str:
        """Where what is judged is sent."""
        ...

    @property
    def default_model(self) -> str | None: ...

    @property
    def missing(self) -> str | None:
        """What is to be done before it can be asked, as a sentence with a command; None where it can."""
        ...

    def model(self, name: str) -> Model: ...

    def client(self) -> JudgeClient:
        """The client of this process; made when it is first asked for."""
        ...


class Judges(Protocol):
    """The providers that an operator has configured."""

    def provider(self, name: str | None = None) -> Provider:
        """The provider `name`, else the default one. Raises NoProvider naming those that there are."""
        ...

    def providers(self) -> Sequence[Provider]: ...

    def provider_for_url(self, base_url: str) -> Provider:
        """One at an address that whoever writes a rule names: on a host that the operator allows, at public addresses
        only, without any key. Raises InvalidInput."""
        ...
