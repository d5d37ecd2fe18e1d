"""Access, money, annotations and retention: what more than one project and more than one machine need."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PARTITIONED = {
    "part": ("project, day, trace_id, part_id", {}),
    "sample": (
        "project, day, target_kind, target_id, content_hash",
        {"ix_sample_trace": "project, trace_id"},
    ),
    "selection": (
        "project, day, series, target_kind, target_id",
        {"ix_selection_at": "project, series, at", "ix_selection_trace": "project, trace_id"},
    ),
    "outcome": (
        "project, day, target_kind, target_id, content_hash, fingerprint, purpose, replicate",
        {"ix_outcome_trace": "project, trace_id", "ix_outcome_worst": "project, fingerprint, badness"},
    ),
}
"""Each table that PostgreSQL keeps by day: its primary key and its indexes."""
READY = "state = 'ready' AND NOT held"
QUEUE_INDEXES = {
    "ix_job_ready": ("queue, priority DESC, id", READY),
    "ix_job_batch": ("queue, project, fingerprint, budget, priority DESC, id", f"{READY} AND attempts = 0"),
    "ix_job_oldest": ("queue, id", f"{READY} AND priority >= 0"),
    "ix_job_held": ("available_at", "held"),
    "ix_job_lease": ("lease_until", "state = 'leased'"),
    "ix_job_paid": ("project, budget, state, available_at", "budget <> ''"),
}
OWN_PARTITIONS = 400
"""So many of the newest days of a table that has rows get a partition each; what is older goes to the default one."""


def upgrade() -> None:
    op.create_table(
        "annotation",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.Column("target_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project", "kind", "id"),
    )
    op.create_index("ix_annotation_at", "annotation", ["project", "kind", "at"], unique=False)
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
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("project", "budget", "day"),
    )
    op.create_table(
        "demand",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("rest", sa.Float(), nullable=False),
        sa.Column("protected", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("project", "series", "at"),
    )
    op.create_table(
        "rate_factor",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("factor", sa.Float(), nullable=False),
        sa.Column("protected", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.PrimaryKeyConstraint("project", "scope", "at"),
    )
    op.create_table(
        "rate_review",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project"),
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
    op.add_column("score_job", sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()))
    _queue_indexes()

    op.create_index("ix_trace_day", "trace", ["day"], unique=False)
    op.create_index("ix_trace_user", "trace", ["project", "user"], unique=False)

    if op.get_bind().dialect.name == "postgresql":
        for table, (key, indexes) in PARTITIONED.items():
            _rebuild(table, key, indexes, partitioned=True)
    op.create_index("ix_outcome_label", "outcome", ["project", "fingerprint", "label", "badness"], unique=False)


def _queue_indexes() -> None:
    for name in ("ix_job_batch", "ix_job_lease", "ix_job_ready"):
        op.drop_index(name, "score_job")
    for name, (columns, condition) in QUEUE_INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON score_job ({columns}) WHERE {condition}")
    op.create_index("ix_job_trace", "score_job", ["project", "trace_id"])
    if op.get_bind().dialect.name == "postgresql":
        # Their rows come and go at the rate of scores: what they leave must not wait for a fifth of a large table.
        for table in ("score_job", "dirty"):
            often = "autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000"
            op.execute(f"ALTER TABLE {table} SET ({often}, autovacuum_vacuum_cost_delay = 0)")


def _rebuild(table: str, key: str, indexes: dict[str, str], *, partitioned: bool) -> None:
    """Make `table` anew, partitioned by day or not, with its rows."""
    op.execute(f"ALTER TABLE {table} RENAME TO {table}_before")
    op.execute(f"ALTER TABLE {table}_before DROP CONSTRAINT {table}_pkey")  # its name is needed
    for name in indexes:
        op.execute(f"DROP INDEX {name}")
    by_day = "PARTITION BY RANGE (day)" if partitioned else ""
    op.execute(f"CREATE TABLE {table} (LIKE {table}_before INCLUDING DEFAULTS) {by_day}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY ({key})")
    for name, columns in indexes.items():
        op.execute(f"CREATE INDEX {name} ON {table} ({columns})")
    if partitioned:
        _partitions(table)
    op.execute(f"INSERT INTO {table} SELECT * FROM {table}_before")
    op.execute(f"DROP TABLE {table}_before")


def _partitions(table: str) -> None:
    op.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
    days = sa.text(f"SELECT DISTINCT day FROM {table}_before ORDER BY day DESC LIMIT {OWN_PARTITIONS}")
    for day in op.get_bind().execute(days).scalars():
        bounds = f"FROM ('{day}') TO ('{day + timedelta(days=1)}')"
        op.execute(f"CREATE TABLE {table}_p{day:%Y%m%d} PARTITION OF {table} FOR VALUES {bounds}")


def downgrade() -> None:
    op.drop_index("ix_outcome_label", "outcome")
    if op.get_bind().dialect.name == "postgresql":
        for table, (key, indexes) in PARTITIONED.items():
            _rebuild(table, key, indexes, partitioned=False)

    op.drop_index("ix_trace_user", "trace")
    op.drop_index("ix_trace_day", "trace")

    for name in (*QUEUE_INDEXES, "ix_job_trace"):
        op.drop_index(name, "score_job")
    op.create_index("ix_job_batch", "score_job", ["queue", "state", "project", "fingerprint", "priority"])
    op.create_index("ix_job_lease", "score_job", ["state", "lease_until"])
    op.create_index("ix_job_ready", "score_job", ["queue", "state", "priority"])
    op.drop_column("score_job", "held")
    op.drop_column("score_job", "budget")

    op.drop_table("seal")
    op.drop_index("ix_reservation_day", "reservation")

    op.drop_table("reservation")
    op.drop_table("rate_review")
    op.drop_table("rate_factor")
    op.drop_table("demand")
    op.drop_table("budget_day")
    op.drop_index("ix_audit_at", "audit_event")

    op.drop_table("audit_event")
    op.drop_table("api_key")
    op.drop_index("ix_annotation_trace", "annotation")
    op.drop_index("ix_annotation_at", "annotation")

    op.drop_table("annotation")
