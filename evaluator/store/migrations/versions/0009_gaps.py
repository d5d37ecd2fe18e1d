"""Who sent a trace, and what it does not tell. Of traces that settled before, neither is known."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS: dict[str, Any] = {
    "sender": sa.String(),
    "missing": sa.SmallInteger(),
    "gaps": sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("trace", sa.Column(name, kind, nullable=True))
    _index("project", "start_at", "sender", "missing")


def downgrade() -> None:
    _index("project", "start_at")
    for name in COLUMNS:
        op.drop_column("trace", name)


def _index(*columns: str) -> None:
    op.drop_index("ix_trace_start", "trace")
    op.create_index("ix_trace_start", "trace", list(columns), unique=False)
    # Of indexes that it knows no difference between, SQLite takes the one that was made last.
    op.drop_index("ix_trace_plan", "trace")
    op.execute("CREATE INDEX ix_trace_plan ON trace (project, settled_at) WHERE state = 'settled'")
