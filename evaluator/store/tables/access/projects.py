"""Projects: whoever owns what is in every other table."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from evaluator.store.types import Json, UtcMicros


class ProjectRow(SQLModel, table=True):
    __tablename__ = "project"

    id: str = Field(primary_key=True)
    salt: str
    """Makes this project's selection unforeseeable for whoever chooses trace ids."""
    secret: str
    """What users' pseudonyms are sealed with (see `core.people`); nobody is shown it."""
    created_at: datetime = Field(sa_type=UtcMicros)
    user_keys: list[str] = Field(default_factory=list, sa_type=Json)
    """Further names of attributes that hold a user."""
