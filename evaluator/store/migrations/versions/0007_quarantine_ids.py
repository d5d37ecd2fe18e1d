"""What is set aside is found by its id; traces that a rate could not hold are told again, by series."""

import sqlalchemy as sa
from alembic import op

from evaluator.core.ids import content_hash

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEYS = ("project", "step", "kind", "subject")
ROW = sa.table("quarantine", *map(sa.column, (*KEYS, "id")))


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("id", sa.String(), nullable=False, server_default=""))
    op.execute("DELETE FROM quarantine WHERE step = 'aggregate' AND kind = 'trace'")
    rows = op.get_bind().execute(sa.select(*(ROW.c[key] for key in KEYS))).all()
    mine = sa.and_(*(ROW.c[key] == sa.bindparam(f"at_{key}") for key in KEYS))
    named = [
        {f"at_{key}": value for key, value in zip(KEYS, row, strict=True)} | {"new": content_hash(row[1:])[:12]}
        for row in rows
    ]
    if named:
        op.get_bind().execute(ROW.update().where(mine).values(id=sa.bindparam("new")), named)
    op.create_index("ix_quarantine_id", "quarantine", ["project", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_quarantine_id", "quarantine")
    op.drop_column("quarantine", "id")
