"""Items of a batch as JSON."""

from __future__ import annotations

from pydantic import BaseModel


class ItemErrorOut(BaseModel):
    """Why one item of a batch was refused."""

    index: int
    field: str
    problem: str
    remedy: str
