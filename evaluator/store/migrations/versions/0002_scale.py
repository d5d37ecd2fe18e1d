"""Access, money, annotations and retention: what more than one project and more than one machine need."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "annotation",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.Column("target_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project", "id"),
    )
    op.create_index("ix_annotation_trace", "annotation", ["project", "trace_id"], unique=False)

    op.create_table(
        "api_key",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("project", "id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_table(
        "audit_event",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.PrimaryKeyConstraint("project", "id"),
    )
    op.create_index("ix_audit_at", "audit_event", ["project", "at"], unique=False)

    op.create_table(
        "budget_day",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("budget", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("limit", sa.BigInteger(), nullable=False),
        sa.Column("committed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project", "budget", "day"),
    )
    op.create_table(
        "rate_factor",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("factor", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.PrimaryKeyConstraint("project", "series", "at"),
    )
    op.create_table(
        "reservation",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("budget", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=True),
        sa.Column("jobs", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("project", "id"),
    )
    op.create_index("ix_reservation_day", "reservation", ["project", "budget", "day"], unique=False)

    op.create_table(
        "seal",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("project", "series"),
    )
    op.add_column("score_job", sa.Column("budget", sa.String(), nullable=False, server_default=""))

    op.create_index("ix_trace_day", "trace", ["day"], unique=False)
    op.create_index("ix_trace_user", "trace", ["project", "user"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_trace_user", "trace")
    op.drop_index("ix_trace_day", "trace")

    op.drop_column("score_job", "budget")

    op.drop_table("seal")
    op.drop_index("ix_reservation_day", "reservation")

    op.drop_table("reservation")
    op.drop_table("rate_factor")
    op.drop_table("budget_day")
    op.drop_index("ix_audit_at", "audit_event")

    op.drop_table("audit_event")
    op.drop_table("api_key")
    op.drop_index("ix_annotation_trace", "annotation")

    op.drop_table("annotation")
