"""What judges have said is found by content, so that it is not paid for again; samples keep their tool calls."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sample", sa.Column("tool_calls", sa.LargeBinary(), nullable=True))
    op.execute("CREATE INDEX ix_outcome_content ON outcome (project, fingerprint, content_hash) WHERE kind = 'judge'")


def downgrade() -> None:
    op.drop_index("ix_outcome_content", "outcome")
    op.drop_column("sample", "tool_calls")
