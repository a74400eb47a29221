"""Policies as they were when broadcasts began under them.

A policy is a whole file. A court may choose another, and the file may change; what was broadcast
under it goes by what it said then, so that its text is kept, once, by its digest.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from server.approvals.library import Known
from server.approvals.policy import Policy
from server.approvals.ruling import WrongRules, parse
from server.approvals.tables import policy_texts

_log = structlog.stdlib.get_logger(__name__)


class Versions:
    """The kept policies by digest; each is read and parsed once."""

    def __init__(self) -> None:
        self._read: dict[str, Policy | None] = {}  # as many as files were ever begun under

    async def keep(self, connection: AsyncConnection, known: Known[Policy], at: datetime) -> None:
        """Keep a policy's text; again changes nothing, also if two servers do it at once."""
        values = {
            "digest": known.source.digest,
            "name": known.source.name,
            "version": known.source.version,
            "text": known.text,
            "kept_at": at,
        }
        its = postgresql if connection.dialect.name == "postgresql" else sqlite
        new = its.insert(policy_texts).values(values).on_conflict_do_nothing()
        await connection.execute(new)
        self._read[known.source.digest] = known.rules

    async def all(self, connection: AsyncConnection) -> dict[str, Policy | None]:
        """Return every kept policy; None for one that this version cannot read."""
        digests = (await connection.execute(select(policy_texts.c.digest))).scalars()
        await self._fetch(connection, {one for one in digests if one not in self._read})
        return dict(self._read)

    async def of(self, connection: AsyncConnection, digest: str) -> Policy | None:
        """Return a kept policy; None if it is not there, or cannot be read."""
        if digest not in self._read:
            await self._fetch(connection, {digest})
        return self._read.get(digest)

    async def _fetch(self, connection: AsyncConnection, digests: Collection[str]) -> None:
        if not digests:
            return
        its = policy_texts.c
        query = select(its.digest, its.name, its.text).where(its.digest.in_(sorted(digests)))
        for digest, name, text in await connection.execute(query):
            try:
                self._read[digest] = parse(text, Policy, f"{name}.toml")
            except WrongRules as problem:
                _log.exception("kept policy unreadable", policy=name, problem=problem.problem)
                self._read[digest] = None
