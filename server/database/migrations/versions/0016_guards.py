"""Documents of applications; what the database itself refuses of what was signed or revoked.

Each guard is a condition under which a deed is refused, in words that both databases know. Where a
rule hangs on more than one row, the service reckons it from the journal instead
(docs/decisions/0071-a-row-without-its-entry.md).
"""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime
from server.database.migrations.append_only import refuse
from server.database.migrations.guards import Guard, make

revision = "0016_guards"
down_revision = "0015_pilots"
branch_labels = None
depends_on = None

_RELEASED = (
    "EXISTS (SELECT 1 FROM replay_decisions WHERE replay_decisions.broadcast = OLD.id"
    " AND replay_decisions.decision = 'release')"
)
_TOOK_PART = (
    "EXISTS (SELECT 1 FROM journal WHERE journal.object = 'broadcast:' || NEW.broadcast"
    " AND journal.person = NEW.\"by\" AND journal.action LIKE 'broadcast.%')"
)
_GUARDS = (
    Guard(
        "incidents",
        "stay_signed",
        "UPDATE",
        "OLD.signed_at IS NOT NULL",
        "a signed form stays as it is",
    ),
    Guard(
        "incidents",
        "are_signed_by_another",
        "UPDATE",
        "NEW.signed_by = NEW.written_by",
        "who wrote a form does not sign it",
    ),
    Guard(
        "broadcasts",
        "stay_over",
        "UPDATE",
        "OLD.state = 'ended' AND (NEW.state <> 'ended'"
        " OR coalesce(NEW.replay_due, 0) <> coalesce(OLD.replay_due, 0))",
        "a broadcast that is over stays over",
    ),
    Guard(
        "broadcasts",
        "are_released",
        "UPDATE",
        "OLD.state = 'ended' AND OLD.replay <> 'public' AND NEW.replay = 'public'"
        f" AND NOT (OLD.replay = 'held' AND ({_RELEASED} OR OLD.replay_due <= {{now}}))",
        "a replay is public once somebody has released it",
    ),
    Guard(
        "broadcasts",
        "keep_their_rules",
        "UPDATE",
        "OLD.state <> 'planned' AND OLD.policy IS NOT NULL"
        " AND coalesce(NEW.policy, '-') <> OLD.policy",
        "a broadcast keeps the rules that it began under",
    ),
    Guard(
        "replay_decisions",
        "are_others",
        "INSERT",
        f"NEW.decision <> 'extend' AND {_TOOK_PART}",
        "who took part in a broadcast does not review its replay",
    ),
    Guard(
        "partner_keys",
        "stay_revoked",
        "UPDATE",
        "NEW.digest <> OLD.digest OR (OLD.revoked_at IS NOT NULL"
        " AND (NEW.revoked_at IS NULL OR NEW.revoked_at > OLD.revoked_at))",
        "a key that was revoked stays revoked",
    ),
    Guard(
        "approval_attachments",
        "go_with_their_draft",
        "DELETE",
        "EXISTS (SELECT 1 FROM applications WHERE applications.id = OLD.application"
        " AND applications.round > 0)",
        "what was laid before the chain stays",
    ),
)


def upgrade() -> None:
    """Make the table and the guards."""
    _attachments()
    for guard in _GUARDS:
        make(guard)
    refuse("replay_decisions", "UPDATE", "DELETE")
    refuse("report_revisions", "UPDATE", "DELETE")
    refuse("approval_attachments", "UPDATE")
    for table in ("incidents", "report_posts", "withdrawals"):
        refuse(table, "DELETE")


def _attachments() -> None:
    op.create_table(
        "approval_attachments",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application", sa.String(32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("media", sa.String(40), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("attached_by", sa.String(32), nullable=False),
        sa.Column("attached_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_approval_attachments"),
        sa.ForeignKeyConstraint(
            ["application"], ["applications.id"], name="fk_approval_attachments_application"
        ),
        sa.ForeignKeyConstraint(
            ["attached_by"], ["people.id"], name="fk_approval_attachments_attached_by"
        ),
    )
    op.create_index("ix_approval_attachments_application", "approval_attachments", ["application"])


def downgrade() -> None:
    """Refuse: what is guarded is the court's record."""
    raise NotImplementedError
