"""What the server takes of a chat completion: what it knows, within bounds; all else is refused by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evaluator.core.unknown import EXTRA, first_error

MOST_OUTPUT = 4096


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Literal["system", "user", "assistant"]
    content: str


class _Named(BaseModel):
    name: str = ""
    schema_: dict[str, Any] = Field(alias="schema")


class _Format(BaseModel):
    type: Literal["json_schema"]
    json_schema: _Named


class ChatRequest(BaseModel):
    """A chat completion as OpenAI has it."""

    model_config = ConfigDict(extra="forbid")

    model: str
    messages: list[_Message] = Field(min_length=1)
    max_tokens: int = Field(default=512, ge=1, le=MOST_OUTPUT)
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    seed: Annotated[int, Field(ge=0, lt=2**32)] | None = None
    response_format: _Format | None = None
    logprobs: bool = False
    top_logprobs: int = Field(default=0, ge=0, le=20)
    stream: Literal[False] = False

    def for_engine(self, grammar_of: Callable[[Mapping[str, Any]], str]) -> dict[str, Any]:
        """The same as llama.cpp takes it. A schema becomes a grammar, since its own reading of a schema lets some
        models write Markdown around it. Raises ValueError, as `grammar_of`."""
        found: dict[str, Any] = {
            "messages": [message.model_dump() for message in self.messages],
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
        }
        if self.seed is not None:
            found["seed"] = self.seed
        if self.logprobs:
            found |= {"logprobs": True, "top_logprobs": self.top_logprobs}
        if self.response_format is not None:
            found["grammar"] = grammar_of(self.response_format.json_schema.schema_)
        return found


class Refused(ValueError):
    """A request that is not taken; `parameter` is what is wrong in it."""

    def __init__(self, parameter: str, problem: str) -> None:
        self.parameter = parameter
        super().__init__(problem)


def read_request(body: bytes) -> ChatRequest:
    """Raises Refused."""
    try:
        return ChatRequest.model_validate_json(body)
    except ValidationError as error:
        first = first_error(error.errors(include_url=False, include_input=False))
        name = ".".join(str(part)[:64] for part in first["loc"]) or "body"
        if first["type"] == EXTRA:
            raise Refused(name, f"Unsupported parameter: '{name}' is not supported by this server") from None
        raise Refused(name, f"{name}: {first['msg'][:200]}") from None
