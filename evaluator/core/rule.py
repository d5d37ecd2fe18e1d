"""What to score and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from evaluator.core.criterion import Criterion
from evaluator.core.ids import content_hash

Operator = Literal["eq", "ne", "in", "not_in", "lt", "le", "gt", "ge", "exists", "contains"]

FIELDS = (
    "model", "prompt_version", "environment", "service", "name", "session", "user", "status", "feedback",
    "cost", "latency_ms", "input_tokens", "output_tokens", "tags",
)  # fmt: skip

MAX_ACTIVE_RULES = 200
"""Of a project: each costs a decision about each of its traces."""


class Condition(BaseModel):
    """One test on one field of a trace (or ``metadata.KEY``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    op: Operator = "eq"
    value: Any = None

    @field_validator("field")
    @classmethod
    def _known(cls, field: str) -> str:
        if field not in FIELDS and not field.startswith("metadata."):
            raise ValueError(f"unknown field {field!r}: use one of {', '.join(FIELDS)}, or metadata.KEY")
        return field

    def matches(self, facts: Mapping[str, Any]) -> bool:
        """Whether the trace described by `facts` passes. A missing field passes only `ne` and `not_in`."""
        value = facts.get(self.field)
        if self.op == "exists":
            return (value is not None) == (self.value is not False)
        if value is None:
            return self.op in ("ne", "not_in")
        return _compare(self.op, value, self.value)


def _compare(op: str, value: Any, other: Any) -> bool:
    """Never raises: a value that an operator can not be asked of does not match, whatever sender and rule wrote."""
    match op:
        case "eq":
            return bool(value == other)
        case "ne":
            return bool(value != other)
        case "in":
            return _is_in(value, other)
        case "not_in":
            return not _is_in(value, other)
        case "contains":
            return isinstance(value, str | list | tuple | dict) and str(other) in value
    if not isinstance(value, int | float) or not isinstance(other, int | float):
        return False
    return bool({"lt": value < other, "le": value <= other, "gt": value > other, "ge": value >= other}[op])


def _is_in(value: Any, other: Any) -> bool:
    if isinstance(other, str):
        return isinstance(value, str) and value in other
    return isinstance(other, list | tuple) and value in other


class Stratum(BaseModel):
    """A part of the traffic with a rate of its own: every condition must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")
    when: tuple[Condition, ...] = Field(min_length=1)
    any: bool = False
    rate: float = Field(gt=0.0, le=1.0)

    def matches(self, facts: Mapping[str, Any]) -> bool:
        test = any if self.any else all
        return test(c.matches(facts) for c in self.when)


REST = "rest"


class Budget(BaseModel):
    """What scoring by a rule may cost."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    usd_per_day: float = Field(gt=0.0, le=1e6, allow_inf_nan=False)
    """US dollars a day (UTC)."""


FLOOR = 0.05
"""The least that a rate is multiplied by. What has no chance to be drawn, no weight can make up for; and a few traces
of very large weight make intervals so wide that they say little."""


@dataclass(frozen=True, slots=True)
class Thinning:
    """What rates are multiplied by for now: those of protected strata, and of all others; both in [`FLOOR`, 1]."""

    rest: float = 1.0
    protected: float = 1.0

    def and_also(self, other: Thinning) -> Thinning:
        """The stronger of both."""
        return Thinning(min(self.rest, other.rest), min(self.protected, other.protected))


class Rule(BaseModel):
    """What to score and when: a pinned evaluator, a filter, rates by stratum, and what it may cost.

    The first stratum that matches decides; what matches none is in ``rest`` with `rate`. `fingerprint` pins the
    evaluator: it is filled in when the rule is pushed and a rule never changes evaluator version by itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")
    description: str = ""
    evaluator: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    criterion: Criterion | None = None
    target: Literal["answer"] = "answer"
    filter: tuple[Condition, ...] = ()
    strata: tuple[Stratum, ...] = ()
    rate: float = Field(default=1.0, gt=0.0, le=1.0)
    budget: Budget | None = None
    """Needed by evaluators that cost money, and refused for all others."""
    salt: str = ""
    fingerprint: str = ""

    @field_validator("strata")
    @classmethod
    def _unique(cls, strata: tuple[Stratum, ...]) -> tuple[Stratum, ...]:
        names = [s.name for s in strata]
        if len(set(names)) != len(names) or REST in names:
            raise ValueError(f"stratum names must differ from each other and from {REST!r}")
        return strata

    @property
    def version(self) -> str:
        """Names this rule's content."""
        without = {"budget"} if self.budget is None else None  # a rule that has none is named as ever
        return content_hash(self.model_dump(mode="json", exclude=without))[:12]

    def covers(self, facts: Mapping[str, Any]) -> bool:
        """Whether the filter lets the trace described by `facts` in."""
        return all(c.matches(facts) for c in self.filter)

    def stratum(self, facts: Mapping[str, Any]) -> tuple[str, float]:
        """The name and the rate in (0, 1] of the stratum that the trace falls into."""
        for s in self.strata:
            if s.matches(facts):
                return s.name, s.rate
        return REST, self.rate

    def thinned(self, facts: Mapping[str, Any], thinning: Thinning) -> tuple[str, float]:
        """As `stratum`, with the probability in (0, 1] that is left of the rate."""
        name, rate = self.stratum(facts)
        return name, rate * (thinning.protected if self.protects(name) else thinning.rest)

    def protects(self, stratum: str) -> bool:
        """Whether a stratum is thinned last: one with a name of its own of which the rule takes everything."""
        return any(s.name == stratum and s.rate == 1.0 for s in self.strata)
