"""What was set aside, as JSON."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from evaluator.core.quarantine import Kind, Quarantined, Step


class QuarantinedOut(BaseModel):
    """See `core.quarantine.Quarantined`."""

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


def quarantined_out(one: Quarantined) -> QuarantinedOut:
    return QuarantinedOut(**{name: getattr(one, name) for name in QuarantinedOut.model_fields})
