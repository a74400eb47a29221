"""Documents of applications: the applicant's, and those that signers add to their opinion."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from server.accounts.model import Person
from server.approvals import store
from server.approvals.dossier import Dossier, Dossiers
from server.approvals.model import LONGEST_NAME, STALE, WRITABLE, Attachment
from server.blobs import Blobs
from server.database import Database
from server.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from server.identity import new_id
from server.journal.store import Deed, note

MOST: Final = 20  # of an application
MOST_BYTES: Final = 12 << 20


@dataclass(frozen=True, slots=True)
class _Kind:
    begins: bytes
    ending: str


_KINDS: Final = {
    "application/pdf": _Kind(b"%PDF-", "pdf"),
    "image/jpeg": _Kind(b"\xff\xd8\xff", "jpg"),
    "image/png": _Kind(b"\x89PNG\r\n\x1a\n", "png"),
}


class Attachments:
    """The documents of all applications; whoever reads the application reads them.

    What is there when an application is submitted is named, by digest, in the text that is signed;
    what comes later is an entry of the journal.
    """

    def __init__(self, database: Database, dossiers: Dossiers, blobs: Blobs) -> None:
        self._database = database
        self._dossiers = dossiers
        self._blobs = blobs

    async def add(self, identifier: str, name: str, data: bytes, by: Person) -> Attachment:
        """Attach a PDF, JPEG or PNG of at most ``MOST_BYTES``.

        Raises ``Forbidden`` for whoever neither wrote the application nor is to sign it now.
        """
        dossier = await self._dossiers.shown(identifier, by)
        found = dossier.application
        if not may_attach(dossier, by):
            raise Forbidden("Who applied, or is to sign now, attaches documents.")
        now = datetime.now(UTC)
        new = Attachment(
            id=new_id(),
            application=found.id,
            round=found.round,
            name=_name(name),
            media=_media_of(data),
            sha256=hashlib.sha256(data).hexdigest(),
            bytes=len(data),
            by=by.id,
            at=now,
        )
        await self._blobs.put(_blob(new), data)
        async with self._database.begin() as connection:
            still = await store.application(connection, found.id)
            if still is None or (still.state, still.round) != (found.state, found.round):
                raise Conflict(STALE)
            if len(await store.attachments(connection, found.id)) >= MOST:
                raise Conflict("An application has at most %(most)s documents.", most=MOST)
            await store.attach(connection, new)
            if found.round:  # of a draft nothing is in the journal: it may have to leave no trace
                details = {"name": new.name, "sha256": new.sha256, "round": new.round}
                deed = Deed("application.attach", f"application:{found.id}", by.id, details)
                await note(connection, deed, now)
        return new

    async def fetch(self, identifier: str, attachment: str, by: Person) -> tuple[Attachment, bytes]:
        """Return a document as it was attached; raises ``NotFound``, ``Unavailable``."""
        dossier = await self._dossiers.shown(identifier, by)
        found = next((one for one in dossier.attachments if one.id == attachment), None)
        if found is None:
            raise NotFound
        data = await self._blobs.get(_blob(found))
        if hashlib.sha256(data).hexdigest() != found.sha256:
            raise Unavailable("This document is not what was attached.")
        return found, data

    async def forget(self, identifier: str) -> None:
        """Take away the documents of a draft of which nothing may be stored."""
        async with self._database.read() as connection:
            found = await store.attachments(connection, identifier)
        for one in found:
            await self._blobs.remove(_blob(one))


def may_attach(dossier: Dossier, by: Person) -> bool:
    """Tell whether this person may add documents now."""
    found = dossier.application
    if found.state in WRITABLE:
        return found.applicant == by.id
    return dossier.may_be_signed_by(by)


def _name(name: str) -> str:
    line = " ".join(name.split())
    if not 0 < len(line) <= LONGEST_NAME or not line.isprintable():
        raise Invalid("A name of 1 to %(most)s letters is needed.", field="name", most=LONGEST_NAME)
    return line


def _media_of(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise Invalid("A document has at most 12 MiB.", field="file")
    for media, kind in _KINDS.items():
        if data.startswith(kind.begins):
            return media
    raise Invalid("A document is a PDF, a JPEG or a PNG.", field="file")


def _blob(one: Attachment) -> str:
    return f"attached-{one.id}.{_KINDS[one.media].ending}"
