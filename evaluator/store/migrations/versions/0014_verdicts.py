"""The last things that a judge has said are found by when they were said, at any traffic."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    where = "(kind = 'judge' OR reason IS NOT NULL)"
    op.execute(f"CREATE INDEX ix_outcome_said ON outcome (project, fingerprint, created_at) WHERE {where}")


def downgrade() -> None:
    op.drop_index("ix_outcome_said", "outcome")
