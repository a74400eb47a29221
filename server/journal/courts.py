"""At which court a thing of the journal is.

An entry tells the court at which it was done, so that an auditor of one court can be shown those of
that court. The journal knows nothing of broadcasts or cameras: each feature says, beside its
tables, how the court of its things is found.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam
from sqlalchemy.ext.asyncio import AsyncConnection

THING: ColumnElement[str] = bindparam("thing")
"""In a question's place for the id of the thing."""

_QUESTIONS: dict[str, Select[Any]] = {}


def belongs(kind: str, question: Select[Any]) -> None:
    """Say how the court of ``<kind>:<id>`` is found: a question for THING with one answer at most.

    No answer, or an empty one, means no court or several: who audits every court reads the entry.
    """
    _QUESTIONS[kind] = question


async def court_of(connection: AsyncConnection, about: str) -> str:
    """Return the court of an object as entries name it, empty for none or several."""
    kind, _, thing = about.partition(":")
    question = _QUESTIONS.get(kind)
    if question is None:
        return ""
    found: str | None = (await connection.execute(question, {"thing": thing})).scalar()
    return found or ""
