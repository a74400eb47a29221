"""Participants of a hearing over HTTP, for staff."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.bodies import Body, Moment, answer_json, read_json
from server.database import DATABASE
from server.hearings.participants.model import (
    LONGEST_NAME,
    LONGEST_NOTE,
    Kind,
    Part,
    Participant,
)
from server.hearings.participants.service import PARTICIPANTS, Participants
from server.hearings.service import HEARINGS
from server.openapi import PREFIX, Operation, describe


class NewParticipant(Body):
    """Somebody who takes part. ``alias``: how the public hears of them, if not by name."""

    role: Part
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    alias: Annotated[str, Field(max_length=LONGEST_NAME)] = ""


class NewEntry(Body):
    """An entry of the log; ``at`` is now if it is left out.

    ``notified``: ``value`` is ``in_person``, ``letter``, ``telephone``, ``electronic`` or
    ``by_counsel``. ``consent``: ``yes``, ``no`` or ``withdrawn``. ``removed``: they do not take
    part after all; ``note`` says why.
    """

    kind: Kind
    value: Annotated[str, Field(max_length=16)] = ""
    at: Moment | None = None
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""


class EntryView(BaseModel):
    """An entry of the log; ``written_by`` is a person's id."""

    kind: str
    value: str
    at: datetime
    note: str
    written_by: str
    written_at: datetime


class ParticipantView(BaseModel):
    """A participant: when told of the broadcast and how, what they said of it, and the log."""

    id: str
    role: str
    name: str
    alias: str
    told_at: datetime | None
    told_how: str | None
    consent: str | None
    removed: bool
    log: list[EntryView]


class ParticipantList(BaseModel):
    """The participants in the order of entering."""

    participants: list[ParticipantView]


def participant_view(one: Participant) -> ParticipantView:
    """Return what staff sees of a participant."""
    told = one.told
    return ParticipantView(
        id=one.id,
        role=one.role.value,
        name=one.name,
        alias=one.alias,
        told_at=told.at if told else None,
        told_how=told.value if told else None,
        consent=one.consent,
        removed=one.is_removed,
        log=[
            EntryView(
                kind=its.kind,
                value=its.value,
                at=its.at,
                note=its.note,
                written_by=its.written_by,
                written_at=its.written_at,
            )
            for its in one.log
        ],
    )


@describe(Operation("Participants of a hearing", answer=ParticipantList, problems=(404,)))
@requires(Permission.WATCH_ROOM)
async def list_participants(request: web.Request) -> web.Response:
    """List who takes part."""
    hearing = await request.app[HEARINGS].hearing(request.match_info["hearing"])
    found = await request.app[PARTICIPANTS].listed(hearing, person_of(request))
    return answer_json(ParticipantList(participants=[participant_view(one) for one in found]))


@describe(
    Operation(
        "Enter a participant",
        body=NewParticipant,
        answer=ParticipantView,
        status=201,
        problems=(404, 409),
    )
)
@requires(Permission.WATCH_ROOM)
async def add_participant(request: web.Request) -> web.Response:
    """Enter somebody who takes part."""
    new = await read_json(request, NewParticipant)
    hearing = await request.app[HEARINGS].hearing(request.match_info["hearing"])
    made = await request.app[PARTICIPANTS].add(
        hearing, new.role, new.name, new.alias, person_of(request)
    )
    return answer_json(participant_view(made), status=201)


@describe(
    Operation(
        "Log that a participant was told, or what they said",
        body=NewEntry,
        answer=ParticipantView,
        status=201,
        problems=(404, 409),
    )
)
@requires(Permission.WATCH_ROOM)
async def log_participant(request: web.Request) -> web.Response:
    """Append to the log."""
    new = await read_json(request, NewEntry)
    at = new.at.astimezone(UTC) if new.at else None
    found = await request.app[PARTICIPANTS].log(
        request.match_info["participant"], new.kind, new.value, at, new.note, person_of(request)
    )
    return answer_json(participant_view(found), status=201)


async def _service(app: web.Application) -> AsyncIterator[None]:
    app[PARTICIPANTS] = Participants(app[DATABASE], app[HEARINGS])
    yield


def setup(app: web.Application) -> None:
    """Add the routes and the service."""
    app.cleanup_ctx.append(_service)
    app.router.add_get(f"{PREFIX}/hearings/{{hearing}}/participants", list_participants)
    app.router.add_post(f"{PREFIX}/hearings/{{hearing}}/participants", add_participant)
    app.router.add_post(f"{PREFIX}/participants/{{participant}}/log", log_participant)
