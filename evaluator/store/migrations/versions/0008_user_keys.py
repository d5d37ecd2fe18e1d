"""Projects may name further attributes that hold their users' ids."""

import sqlalchemy as sa
from alembic import op

from evaluator.store.types import Json

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("project", sa.Column("user_keys", Json, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("project", "user_keys")
