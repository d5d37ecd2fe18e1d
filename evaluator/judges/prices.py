"""What models cost where the operator has not said it: the table that is shipped, `prices.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evaluator.core.documents import read_yaml
from evaluator.core.judge import Model, Price

TABLE = Path(__file__).with_name("prices.yaml")
_SNAPSHOT = re.compile(r"[-@](?:\d{8}|\d{4}-\d{2}-\d{2})")


class ModelPrice(BaseModel):
    """What a model costs (US dollars for a million tokens), and its `window` (tokens read and written together)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float | None = Field(default=None, ge=0, le=1e6)
    output: float | None = Field(default=None, ge=0, le=1e6)
    cached: float | None = Field(default=None, ge=0, le=1e6)
    """Of input tokens from the provider's cache; without it, as the others."""
    window: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _both(self) -> ModelPrice:
        if (self.input is None) != (self.output is None):
            raise ValueError("a price has an input and an output; give both")
        if self.cached is not None and self.input is None:
            raise ValueError("cached is given without input and output; give all three")
        return self

    @property
    def price(self) -> Price | None:
        if self.input is None or self.output is None:
            return None
        return Price(input=self.input, output=self.output, cached=self.cached)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: str
    source: str
    hosts: Mapping[str, Mapping[str, ModelPrice]]


@cache
def table() -> _Table:
    """The table that is shipped."""
    return _Table.model_validate(read_yaml(TABLE.read_text(encoding="utf-8"), TABLE.name))


def shipped(host: str, name: str) -> ModelPrice | None:
    """What the table knows of a model at a host: by its name, or by that of which it is a dated snapshot."""
    models = table().hosts.get(host, {})
    if name in models:
        return models[name]
    found = [base for base in models if name.startswith(base) and _SNAPSHOT.fullmatch(name[len(base) :])]
    return models[max(found, key=len)] if found else None


def known_model(name: str, host: str, own: Mapping[str, ModelPrice], *, free: bool) -> Model:
    """All that is known of a model: what the operator says of it (`own`), then the table; what is `free` costs
    nothing unless the operator says otherwise."""
    said, told = own.get(name, ModelPrice()), shipped(host, name) or ModelPrice()
    nothing = Price(input=0.0, output=0.0) if free and not any(p.price for p in own.values()) else None
    return Model(name=name, price=said.price or told.price or nothing, window=said.window or told.window)
