"""Claims take turns between projects, priorities no longer lie in the future, and lost batches are remembered."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

READY = "state = 'ready' AND NOT held"
BY_PROJECT = {
    "ix_job_ready": ("queue, project, priority DESC, id", READY),
    "ix_job_oldest": ("queue, project, id", f"{READY} AND priority + 0 >= 0"),
}
OVER_ALL = {
    "ix_job_ready": ("queue, priority DESC, id", READY),
    "ix_job_oldest": ("queue, id", f"{READY} AND priority >= 0"),
}
BACKFILL = -(2**53)


def upgrade() -> None:
    op.create_table(
        "lost_turn",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("project", "queue"),
    )
    # A trace is planned soon after its first sight: the moment of its job stands for that.
    op.execute("UPDATE score_job SET priority = created_at WHERE priority > created_at")
    late = f"created_at + {BACKFILL}"
    op.execute(f"UPDATE score_job SET priority = {late} WHERE priority < 0 AND priority > {late}")
    _indexes(BY_PROJECT)


def _indexes(wanted: dict[str, tuple[str, str]]) -> None:
    for name, (columns, condition) in wanted.items():
        op.drop_index(name, "score_job")
        op.execute(f"CREATE INDEX {name} ON score_job ({columns}) WHERE {condition}")


def downgrade() -> None:
    _indexes(OVER_ALL)
    op.drop_table("lost_turn")
