"""Broadcasts as passers-by may know them: before the air, by their public notice (rule B-07)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from server.broadcasts.model import Broadcast
from server.notices.service import Notices


async def announced(notices: Notices, found: Sequence[Broadcast]) -> list[Broadcast]:
    """Return broadcasts that name no case before its notice does.

    What is or was on the air was approved and shown with its case, and keeps it.
    """
    known = await notices.publicly([one.hearing for one in found if not one.was_on_air])
    return [replace(one, hearing=known.get(one.hearing.id, one.hearing)) for one in found]
