"""Criteria, waves, tasks and anchors; labels say who was asked by what, and what kind of answer they are."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LABEL = ("answered", "level", "criterion_version", "source", "task", "wave", "review", "simulated")


def _label_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("answered", sa.String(), nullable=False, server_default="level"),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("criterion_version", sa.String(), nullable=False, server_default=""),
        sa.Column("source", sa.String(), nullable=False, server_default="import"),
        sa.Column("task", sa.String(), nullable=True),
        sa.Column("wave", sa.String(), nullable=True),
        sa.Column("review", sa.String(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False, server_default=sa.false()),
    ]


def _text(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _times(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger(), nullable=nullable) for name in names]


def upgrade() -> None:
    op.create_table(
        "criterion",
        *_text("project", "name", "version"),
        sa.Column("definition", JSON, nullable=False),
        *_times("created_at"),
        sa.PrimaryKeyConstraint("project", "name", "version"),
    )
    _waves()
    _tasks()
    op.create_table(
        "anchor",
        *_text("project", "criterion", "target_kind", "target_id", "content_hash", "fingerprint", "trace_id"),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        *_times("scored_at"),
        sa.PrimaryKeyConstraint(
            "project", "criterion", "target_kind", "target_id", "content_hash", "fingerprint"
        ),
    )
    with op.batch_alter_table("label") as batch:
        batch.drop_column("review_probability")
        for column in _label_columns():
            batch.add_column(column)
    op.execute("UPDATE label SET answered = 'cannot_tell' WHERE bad IS NULL")
    op.create_index("ix_label_task", "label", ["project", "task"], unique=False)
    op.create_index("ix_label_criterion", "label", ["project", "criterion", "created_at"], unique=False)
    # Intervals are made otherwise from now on, and those of finished rates are stored: all are made anew.
    op.execute(
        "INSERT INTO dirty (project, series, minute, marked_at) "
        "SELECT project, series, start_at, start_at FROM rollup WHERE grain = 'minute' "
        "ON CONFLICT DO NOTHING"
    )


def _waves() -> None:
    op.create_table(
        "wave",
        *_text("project", "id", "kind", "criterion", "criterion_version", "rule", "series", "fingerprint"),
        *_times("start_at"),
        *_times("end_at", nullable=True),
        sa.Column("request", JSON, nullable=False),
        sa.Column("design", JSON, nullable=False),
        *_text("salt"),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("simulated", "complete")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("frame", "drawn", "second")),
        *_times("created_at"),
        *_text("created_by"),
        *_times("closed_at", nullable=True),
        sa.PrimaryKeyConstraint("project", "id"),
    )
    op.create_index("ix_wave_series", "wave", ["project", "series", "criterion"], unique=False)
    op.execute(
        "CREATE INDEX ix_wave_standing ON wave (project, fingerprint) WHERE kind = 'standing' AND closed_at IS NULL"
    )
    unit = (
        *_text("project"),
        sa.Column("day", sa.Date(), nullable=False),
        *_text("wave", "target_kind", "target_id", "trace_id", "content_hash"),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("drawn", sa.Boolean(), nullable=False),
        *_times("at", "decided_at"),
        sa.PrimaryKeyConstraint("project", "day", "wave", "target_kind", "target_id"),
    )
    op.create_table("wave_unit", *unit, postgresql_partition_by="RANGE (day)")
    op.create_index("ix_wave_unit_trace", "wave_unit", ["project", "trace_id"], unique=False)
    op.create_index("ix_wave_unit_target", "wave_unit", ["project", "target_kind", "target_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE wave_unit_default PARTITION OF wave_unit DEFAULT")
    op.create_table(
        "wave_due",
        *_text("project", "fingerprint", "target_kind", "target_id"),
        sa.Column("day", sa.Date(), nullable=False),
        *_text("trace_id"),
        sa.PrimaryKeyConstraint("project", "fingerprint", "target_kind", "target_id"),
    )


def _tasks() -> None:
    op.create_table(
        "review_task",
        *_text("project", "id", "wave", "criterion", "criterion_version", "review"),
        *_text("target_kind", "target_id", "content_hash", "trace_id"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("place", sa.Float(), nullable=False),
        *_text("state"),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.Column("lease_owner", sa.String(), nullable=True),
        *_times("lease_until", nullable=True),
        sa.Column("first_annotator", sa.String(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        *_text("series", "fingerprint"),
        sa.Column("inclusion", sa.Float(), nullable=False),
        sa.Column("sampling_probability", sa.Float(), nullable=False),
        sa.Column("probabilities", JSON, nullable=False),
        *_text("stratum"),
        *_times("cluster", "at"),
        *(
            sa.Column(name, sa.String(), nullable=True)
            for name in ("model", "prompt_version", "environment", "service")
        ),
        *_times("done_at", nullable=True),
        *_times("created_at"),
        sa.PrimaryKeyConstraint("project", "id"),
        sa.UniqueConstraint(
            "project", "criterion", "target_kind", "target_id", "series", "review", name="uq_review_task"
        ),
    )
    op.execute("CREATE INDEX ix_task_open ON review_task (project, place) WHERE state = 'open'")
    op.execute("CREATE INDEX ix_task_wave ON review_task (project, wave, place) WHERE state = 'open'")
    op.execute("CREATE INDEX ix_task_held ON review_task (project, lease_owner) WHERE state = 'open'")
    op.create_index("ix_task_made", "review_task", ["project", "criterion", "created_at", "id"], unique=False)
    op.create_index("ix_task_state", "review_task", ["project", "wave", "review", "state"], unique=False)
    op.create_index("ix_task_at", "review_task", ["project", "series", "at"], unique=False)
    op.create_index("ix_task_trace", "review_task", ["project", "trace_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_label_criterion", "label")
    op.drop_index("ix_label_task", "label")
    with op.batch_alter_table("label") as batch:
        for name in LABEL:
            batch.drop_column(name)
        batch.add_column(sa.Column("review_probability", sa.Float(), nullable=True))
    for table in ("anchor", "review_task", "wave_due", "wave_unit", "wave", "criterion"):
        op.drop_table(table)
