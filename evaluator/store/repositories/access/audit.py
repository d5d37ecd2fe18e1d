"""The audit log: who changed what, and when. Append-only; holds no secrets and no text of traces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from evaluator.core.ids import random_id
from evaluator.store.repositories.base import ProjectRepository
from evaluator.store.sql import table
from evaluator.store.tables.access.audit import AuditRow

_event = table(AuditRow)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One change: `actor` is the id of a key or ``local``, `details` say what it was before and after."""

    id: str
    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, Any]


class Audit(ProjectRepository):
    def record(self, actor: str, action: str, subject: str, now: datetime, **details: Any) -> None:
        """Note a change, in the transaction that makes it.

        `action` is like ``rule.push``, `subject` names what was changed, `details` are JSON: versions, counts and
        scopes, never secrets or what a trace says.
        """
        row = {"id": random_id(), "at": now, "actor": actor, "action": action, "subject": subject, "details": details}
        self._put(AuditRow, [row])

    def events(self, limit: int = 100, offset: int = 0) -> list[AuditEvent]:
        """Changes, the newest first."""
        columns = [_event.c[f] for f in AuditEvent.__dataclass_fields__]
        query = select(*columns).where(self._mine(_event)).order_by(_event.c.at.desc(), _event.c.id)
        return [AuditEvent(*row) for row in self._db.execute(query.limit(limit).offset(offset))]
