"""What is set aside, and indexes by which projects take turns."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quarantine",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("retry_at", sa.BigInteger(), nullable=True),
        sa.Column("given_up", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("project", "step", "kind", "subject"),
    )
    op.create_index("ix_quarantine_retry", "quarantine", ["retry_at"], unique=False)
    op.drop_index("ix_trace_settle", "trace")
    op.drop_index("ix_trace_plan", "trace")
    _partial("ix_trace_settle", "project, settle_at", "settle_at IS NOT NULL")
    _partial("ix_trace_plan", "project, settled_at", "state = 'settled'")


def downgrade() -> None:
    op.drop_index("ix_trace_plan", "trace")
    op.drop_index("ix_trace_settle", "trace")
    op.create_index("ix_trace_plan", "trace", ["state", "settled_at"], unique=False)
    op.create_index("ix_trace_settle", "trace", ["settle_at"], unique=False)
    asked = "SELECT 1 FROM quarantine AS q WHERE q.project = trace.project AND q.subject = trace.id"
    unplanned = f"EXISTS ({asked} AND q.kind = 'trace' AND q.step = 'select')"
    op.execute(f"UPDATE trace SET state = 'settled' WHERE state = 'quarantined' AND {unplanned}")  # noqa: S608
    op.execute("UPDATE trace SET state = 'planned' WHERE state = 'quarantined'")
    op.drop_index("ix_quarantine_retry", "quarantine")
    op.drop_table("quarantine")


def _partial(name: str, columns: str, where: str) -> None:
    op.execute(f"CREATE INDEX {name} ON trace ({columns}) WHERE {where}")
