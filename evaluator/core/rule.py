"""What to score and when."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from evaluator.core.criterion import Criterion
from evaluator.core.ids import content_hash
from evaluator.core.names import Name
from evaluator.core.unknown import nearest, shortened
from evaluator.core.values import Values, in_order, text_of

Operator = Literal["eq", "ne", "in", "not_in", "lt", "le", "gt", "ge", "exists", "contains"]

TEXT_FIELDS = ("model", "prompt_version", "environment", "service", "name", "session", "user", "status")
NUMBER_FIELDS = ("feedback", "cost", "latency_ms", "input_tokens", "output_tokens")
LIST_FIELDS = ("tags",)
FIELDS = (*TEXT_FIELDS, *NUMBER_FIELDS, *LIST_FIELDS)
METADATA = "metadata."

_ORDERS = {"lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge}


class Condition(BaseModel):
    """One test on one field of a trace (or ``metadata.KEY``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    op: Operator = "eq"
    value: Any = None

    @field_validator("field")
    @classmethod
    def _known(cls, field: str) -> str:
        if field not in FIELDS and not field.startswith(METADATA):
            meant = f"did you mean {near}? " if (near := nearest(field, FIELDS)) else ""
            listed = f"use one of {', '.join(FIELDS)}, or metadata.KEY"
            raise ValueError(f"unknown field {shortened(field)!r}: {meant}{listed}")
        return field

    def matches(self, facts: Mapping[str, Any]) -> bool:
        """Whether the trace described by `facts` passes. A missing field passes only `ne` and `not_in`.

        Facts are JSON of any type, and so are values that were stored before `rule_check` was there: what can not be
        compared does not match, and nothing raises.
        """
        value = facts.get(self.field)
        if self.op == "exists":
            return (value is not None) == (self.value is not False)
        if value is None:
            return self.op in ("ne", "not_in")
        match self.op:
            case "eq" | "in":
                return self._equals(value)
            case "ne" | "not_in":
                return not self._equals(value)
            case "contains":
                part = text_of(self.value)
                return part is not None and part in value if isinstance(value, str) else self._is_item(value)
            case _:
                return in_order(_ORDERS[self.op], value, self.value)

    @cached_property
    def _wanted(self) -> Values:
        listed = self.op in ("in", "not_in") and isinstance(self.value, (list, tuple))
        return Values(self.value if listed else [self.value])

    def _equals(self, value: Any) -> bool:
        if not isinstance(value, str) and self.op in ("eq", "ne") and isinstance(self.value, (list, dict)):
            return bool((list(value) if isinstance(value, tuple) else value) == self.value)
        return self._wanted.hold(value)

    def _is_item(self, value: Any) -> bool:
        return isinstance(value, (list, tuple)) and self._wanted.hold(value)


class Stratum(BaseModel):
    """A part of the traffic with a rate of its own: every condition must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
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


class Cascade(BaseModel):
    """A cheap evaluator that runs first, on all that a rule draws; the rule's own runs on a part of that, likelier
    where the cheap score leaves most in doubt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    evaluator: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    rate: float = Field(gt=0.0, le=1.0)
    """Of what the rule draws, the part of each stratum that the rule's own evaluator runs on, on average. (kappa)"""
    floor: float = Field(default=0.1, gt=0.0, le=1.0)
    """The least probability with which it runs, as a share of `rate`."""
    fingerprint: str = ""
    """Pins the cheap evaluator; filled in when the rule is pushed."""


FIRST = ".first"
"""What the name of the rule ends with that a cascade's cheap evaluator runs by."""
_PART, _TO = "/", ".."
"""Between the name of a stratum, which never holds it, and the part of it that a cascade tells apart; and between the
cheap scores that such a part goes from and to."""
UNSCORED = "unscored"
"""The part of what the cheap evaluator has no score for."""


def part_of(stratum: str, scores: tuple[float, float] | None) -> str:
    """What the part of a stratum is called that holds cheap scores from and to, or (None) what has none."""
    return stratum + _PART + (UNSCORED if scores is None else f"{scores[0]:g}{_TO}{scores[1]:g}")


def is_part(name: str) -> bool:
    """Whether a stratum of a series is a part that a cascade tells apart."""
    return _PART in name


def stratum_of(name: str) -> str:
    """The stratum of a rule that a stratum of its series is, or is a part of."""
    return name.split(_PART, 1)[0]


def part_begins(name: str) -> float:
    """The cheap score that a part begins at; infinite where it is a part without one, or no part."""
    try:
        return float(name.partition(_PART)[2].partition(_TO)[0])
    except ValueError:
        return math.inf


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

    name: Name
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
    cascade: Cascade | None = None
    first_of: str = ""
    """The rule that this one is the first step of; filled in, never pushed."""
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
        # A rule that has none of these is named as ever.
        without = {name for name in ("budget", "cascade", "first_of") if not getattr(self, name)}
        return content_hash(self.model_dump(mode="json", exclude=without))[:12]

    def first(self) -> Rule | None:
        """The rule by which the cheap evaluator of a cascade runs: it draws the same, by a criterion of its own."""
        if self.cascade is None:
            return None
        step, kept = self.cascade, ("target", "filter", "strata", "rate", "salt")
        return Rule(
            name=self.name + FIRST, description=f"The first step of {self.name}", first_of=self.name,
            evaluator=step.evaluator, parameters=step.parameters, fingerprint=step.fingerprint,
            **{name: getattr(self, name) for name in kept},
        )  # fmt: skip

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
        """Whether a stratum, or the one that it is a part of, is thinned last: one with a name of its own
        of which the rule takes everything."""
        return any(s.name == stratum_of(stratum) and s.rate == 1.0 for s in self.strata)
