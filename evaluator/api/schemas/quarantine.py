"""What was set aside, as JSON."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from evaluator.core.quarantine import Kind, Step


class QuarantinedOut(BaseModel):
    """See `core.quarantine.Quarantined`."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    step: Step
    kind: Kind
    subject: str
    attempts: int
    error: str
    first_at: datetime
    last_at: datetime
    retry_at: datetime | None
    given_up: bool
