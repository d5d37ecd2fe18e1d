"""Who has signed in to the pages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from evaluator.store.types import UtcMicros


class SignInRow(SQLModel, table=True):
    """A sign-in that has not ended: signing out deletes it."""

    __tablename__ = "sign_in"
    __table_args__ = (Index("ix_sign_in_key", "project", "key"),)

    project: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    key: str
    """The id of the key that was shown."""
    created_at: datetime = Field(sa_type=UtcMicros)
    expires_at: datetime = Field(sa_type=UtcMicros)
