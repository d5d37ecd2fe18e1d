"""What Langfuse's SDKs read of an answer."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class HealthOut(BaseModel):
    """Whether the service is there, and its version."""

    status: str
    version: str


class ProjectOut(BaseModel):
    """The project of the key."""

    id: str
    name: str


class ProjectsOut(BaseModel):
    """The only project that a key belongs to."""

    data: list[ProjectOut]


class TakenOut(BaseModel):
    """An item of a batch that was taken."""

    id: str
    status: int = 201


class RefusedOut(BaseModel):
    """An item of a batch that was refused, and why."""

    id: str
    status: int
    message: str
    error: dict[str, Any] = {}


class BatchOut(BaseModel):
    """What became of a batch, item by item."""

    successes: list[TakenOut]
    errors: list[RefusedOut]
