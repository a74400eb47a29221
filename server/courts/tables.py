"""Tables of courts, divisions, courtrooms, cameras and what of their pictures is always hidden."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    select,
)

from server.database.metadata import UtcTime, metadata
from server.journal.courts import THING, belongs

courts = Table(
    "courts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(120), nullable=False, unique=True),
    Column("name_en", String(120), nullable=False),
    Column("level", String(16), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("case_number_style", String(32), nullable=False),  # cn, free, pattern
    Column("case_number_pattern", String(120)),  # of the court's own, in place of the style
    Column("created_at", UtcTime, nullable=False),
)

divisions = Table(
    "divisions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("court", ForeignKey("courts.id"), nullable=False),
    Column("name", String(120), nullable=False),
    Column("name_en", String(120), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),  # no hearing is entered for it from then on
    UniqueConstraint("court", "name"),
)

courtrooms = Table(
    "courtrooms",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("court", ForeignKey("courts.id"), nullable=False, index=True),
    Column("name", String(120), nullable=False),
    Column("name_en", String(120), nullable=False),
    Column("masks_required", Boolean, nullable=False, default=False),
    Column("created_at", UtcTime, nullable=False),
)

mask_templates = Table(
    "mask_templates",
    metadata,
    Column("courtroom", ForeignKey("courtrooms.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("layout", String(32), nullable=False),  # "" for every layout
    Column("camera", ForeignKey("cameras.id"), nullable=False),
    Column("x", Float, nullable=False),
    Column("y", Float, nullable=False),
    Column("width", Float, nullable=False),
    Column("height", Float, nullable=False),
    Column("method", String(16), nullable=False),
)

cameras = Table(
    "cameras",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("courtroom", ForeignKey("courtrooms.id"), nullable=False, index=True),
    Column("name", String(120), nullable=False),
    Column("name_en", String(120), nullable=False),
    Column("url", Text, nullable=False),  # may hold a password: never in an answer or a log
    Column("microphone", Boolean, nullable=False),
    Column("place", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("removed_at", UtcTime),
)

belongs("court", select(courts.c.id).where(courts.c.id == THING))
belongs("division", select(divisions.c.court).where(divisions.c.id == THING))
belongs("courtroom", select(courtrooms.c.court).where(courtrooms.c.id == THING))
belongs(
    "camera",
    select(courtrooms.c.court)
    .join(cameras, cameras.c.courtroom == courtrooms.c.id)
    .where(cameras.c.id == THING),
)
