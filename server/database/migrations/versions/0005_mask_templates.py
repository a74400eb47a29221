"""Mask templates of courtrooms."""

import sqlalchemy as sa
from alembic import op

revision = "0005_mask_templates"
down_revision = "0004_partners"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and the rule that a layout needs masks."""
    with op.batch_alter_table("courtrooms") as courtrooms:
        courtrooms.add_column(
            sa.Column("masks_required", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.create_table(
        "mask_templates",
        sa.Column("courtroom", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("layout", sa.String(32), nullable=False),
        sa.Column("camera", sa.String(32), nullable=False),
        sa.Column("x", sa.Float(), nullable=False),
        sa.Column("y", sa.Float(), nullable=False),
        sa.Column("width", sa.Float(), nullable=False),
        sa.Column("height", sa.Float(), nullable=False),
        sa.Column("method", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("courtroom", "number", name="pk_mask_templates"),
        sa.ForeignKeyConstraint(
            ["courtroom"], ["courtrooms.id"], name="fk_mask_templates_courtroom_courtrooms"
        ),
        sa.ForeignKeyConstraint(
            ["camera"], ["cameras.id"], name="fk_mask_templates_camera_cameras"
        ),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("mask_templates")
    with op.batch_alter_table("courtrooms") as courtrooms:
        courtrooms.drop_column("masks_required")
