"""The table of broadcasts; orders are in each broadcast's own log (``media.orders``)."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, select

from server.courts.tables import courtrooms
from server.database.metadata import UtcTime, metadata
from server.hearings.tables import hearings
from server.journal.courts import THING, belongs

broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("hearing", ForeignKey("hearings.id"), nullable=False, unique=True),
    Column("has_video", Boolean, nullable=False),
    Column("has_report", Boolean, nullable=False),
    Column("delay_ms", Integer, nullable=False),
    Column("layout", String(32), nullable=False),
    Column("cameras", JSON, nullable=False),  # ids, in the order of the layout's places
    Column("state", String(16), nullable=False),  # as the order log said when it was last read
    Column("replay", String(16), nullable=False),  # none, held, public
    Column("replay_due", UtcTime),
    Column("replay_until", UtcTime),
    # Digest of what it began under; "" where no policy held; null: not kept, today's counts.
    Column("policy", String(64)),
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String(32), nullable=False),
    Index("ix_broadcasts_state", "state"),
    Index("ix_broadcasts_started_at", "started_at"),
    Index("ix_broadcasts_replay", "replay"),
)

belongs(
    "broadcast",
    select(courtrooms.c.court)
    .join(hearings, hearings.c.courtroom == courtrooms.c.id)
    .join(broadcasts, broadcasts.c.hearing == hearings.c.id)
    .where(broadcasts.c.id == THING),
)
