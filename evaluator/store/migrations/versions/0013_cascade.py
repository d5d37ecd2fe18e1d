"""Cascades: what the first step of one drew, and what the second is to decide on."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("selection", sa.Column("reached", sa.Float(), nullable=True))
    op.create_table(
        "cascade_due",
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("project", "fingerprint", "target_kind", "target_id")
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("project", "fingerprint", "target_kind", "target_id"),
    )


def downgrade() -> None:
    op.drop_table("cascade_due")
    op.drop_column("selection", "reached")
