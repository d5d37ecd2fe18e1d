"""Who holds a task is found among those that somebody holds: among all open ones it tells hardly any apart."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _index("state = 'open' AND lease_owner IS NOT NULL")


def downgrade() -> None:
    _index("state = 'open'")


def _index(where: str) -> None:
    op.drop_index("ix_task_held", "review_task")
    op.execute(f"CREATE INDEX ix_task_held ON review_task (project, lease_owner) WHERE {where}")
