"""What the operator configures of providers: three plain settings, and a file for more of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from yarl import URL

from evaluator.core.documents import read_yaml
from evaluator.core.errors import InvalidInput
from evaluator.core.names import Name
from evaluator.core.unknown import EXTRA, first_error, remedy_of, unknown_field
from evaluator.judges.keys import Key
from evaluator.judges.prices import ModelPrice

Protocol = Literal["chat", "responses", "anthropic"]
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_OURS = frozenset({"host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection"})
_OWN = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
_EXAMPLE = "https://api.openai.com/v1"


class ProviderConfig(BaseModel):
    """A provider. Of `api_key`, `api_key_env` (a variable) and `api_key_file` at most one is given; none is for
    servers that want no key."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Name
    base_url: str = Field(min_length=1, max_length=2000)
    api: Protocol = "chat"
    model: str | None = Field(default=None, min_length=1, max_length=200)
    """The one that is asked unless a rubric names another."""
    api_key: SecretStr | None = Field(default=None, repr=False)
    api_key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    api_key_file: Path | None = None
    headers: Mapping[str, SecretStr] = Field(default_factory=dict, repr=False)
    timeout_seconds: float = Field(default=60.0, gt=0, le=3600)
    max_concurrency: int = Field(default=64, ge=1, le=1024)
    requests_per_minute: float | None = Field(default=None, gt=0, le=1e6)
    """Over all processes together; without it, a limit is learnt when it is met."""
    prices: Mapping[str, ModelPrice] = Field(default_factory=dict)

    @field_validator("base_url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        try:
            found = URL(url)
            found.port  # noqa: B018 - raises for what is none
        except ValueError:
            raise ValueError(f"is no URL; give one like {_EXAMPLE}") from None
        if found.scheme not in ("http", "https") or not found.raw_host:
            raise ValueError(f"is no http or https URL; give one like {_EXAMPLE}")
        if "@" in found.raw_authority:
            raise ValueError("holds a user or a password; give the key as api_key_env or api_key_file")
        if found.raw_query_string or found.raw_fragment:
            raise ValueError("has a query or a fragment; leave it out")
        return url.rstrip("/")

    @field_validator("headers")
    @classmethod
    def _sendable(cls, headers: Mapping[str, SecretStr]) -> Mapping[str, SecretStr]:
        for name, value in headers.items():
            if _HEADER.fullmatch(name) is None or name.lower() in _OURS:
                raise ValueError(f"{name[:64]!r} is no header that can be set; leave it out")
            text = value.get_secret_value()
            if not (text.isascii() and text.isprintable()):
                raise ValueError(f"the value of {name} is no line of ASCII text")
        return headers

    @model_validator(mode="after")
    def _one_key(self) -> ProviderConfig:
        if sum(key is not None for key in (self.api_key, self.api_key_env, self.api_key_file)) > 1:
            raise ValueError("give only one of api_key, api_key_env and api_key_file")
        return self

    @property
    def url(self) -> URL:
        return URL(self.base_url)

    @property
    def host(self) -> str:
        return (self.url.raw_host or "").lower()

    @property
    def key(self) -> Key:
        return Key(self.api_key, self.api_key_env, self.api_key_file)

    @property
    def own(self) -> bool:
        """Whether it is on one's own machine or network, by its host alone: nothing is looked up."""
        try:
            address = ip_address(self.host)
        except ValueError:
            return "." not in self.host or self.host.endswith(_OWN)
        return address.is_loopback or address.is_private


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    providers: Mapping[Name, ProviderConfig]
    default: Name | None = None


def read_providers(path: Path, field: str) -> tuple[list[ProviderConfig], str | None]:
    """The providers of a file, and the name of the one that it calls the default.

    ::

        default: openai
        providers:
          openai: {base_url: https://api.openai.com/v1, model: gpt-4.1-mini, api_key_env: OPENAI_API_KEY}

    Raises:
        InvalidInput: naming the field and the remedy, never a value: one of them is a key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InvalidInput(field, f"{path} can not be read ({type(error).__name__})", "Name a YAML file") from None
    data = read_yaml(text, str(path))
    entries = data.get("providers") if isinstance(data, dict) else None
    if not isinstance(entries, dict):
        raise InvalidInput(f"{path}: providers", "is no object", f"Give one like {{name: {{base_url: {_EXAMPLE}}}}}")
    named = {name: one | {"name": name} if isinstance(one, dict) else one for name, one in entries.items()}
    try:
        found = _File.model_validate(data | {"providers": named})
    except ValidationError as error:
        raise invalid(_File, error, str(path)) from None
    if found.default is not None and found.default not in found.providers:
        raise InvalidInput(f"{path}: default", "names no provider of the file", f"One of {sorted(found.providers)}")
    return list(found.providers.values()), found.default


def configured(values: Mapping[str, Any], field: str) -> ProviderConfig:
    """A provider of plain values. Raises InvalidInput."""
    try:
        return ProviderConfig.model_validate(values)
    except ValidationError as error:
        raise invalid(ProviderConfig, error, field) from None


def invalid(model: type[BaseModel], error: ValidationError, place: str) -> InvalidInput:
    """The first complaint of pydantic as one of ours, without the value that it is about."""
    first = first_error(error.errors(include_url=False))
    path = f"{place}: {'.'.join(str(part)[:64] for part in first['loc'])}".rstrip(": ")
    if first["type"] == EXTRA:
        return InvalidInput(path, "is no field", unknown_field(model, first["loc"]))
    problem, _, remedy = first["msg"].removeprefix("Value error, ").partition("; ")
    return InvalidInput(path, problem, remedy[:1].upper() + remedy[1:] or remedy_of(first) or "")
