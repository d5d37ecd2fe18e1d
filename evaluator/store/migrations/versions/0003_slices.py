"""One rollup row a bucket, and a row for each slice of it; all minutes are marked to be recomputed from the scores."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MARK = """
    INSERT INTO dirty (project, series, minute, marked_at)
    SELECT DISTINCT project, series, (at / 60000000) * 60000000, 0 FROM selection WHERE true
    ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    op.drop_table("rollup")
    op.create_table(
        "rollup",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("start_at", sa.BigInteger(), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.Column("codes", sa.LargeBinary(), nullable=False),
        sa.Column("cells", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("project", "grain", "series", "start_at"),
    )
    op.create_table(
        "rollup_slice",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("dimensions", sa.String(), nullable=False),
        sa.Column("slice_hash", sa.String(), nullable=False),
        sa.Column("start_at", sa.BigInteger(), nullable=False),
        sa.Column("slice", sa.LargeBinary(), nullable=False),
        sa.Column("points", sa.LargeBinary(), nullable=False),
        sa.Column("strata", sa.LargeBinary(), nullable=False),
        sa.Column("cells", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("project", "grain", "series", "dimensions", "slice_hash", "start_at"),
    )
    op.create_index("ix_rollup_slice_start", "rollup_slice", ["project", "grain", "series", "start_at"], unique=False)
    op.execute(_MARK)


def downgrade() -> None:
    op.drop_index("ix_rollup_slice_start", "rollup_slice")
    op.drop_table("rollup_slice")
    op.drop_table("rollup")
    op.create_table(
        "rollup",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("start_at", sa.BigInteger(), nullable=False),
        sa.Column("slice_hash", sa.String(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("slice", JSON, nullable=False),
        sa.Column("cell", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("project", "series", "grain", "start_at", "slice_hash", "stratum"),
    )
    op.execute(_MARK)
