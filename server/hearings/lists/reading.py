"""A list out of whatever file it comes in; what it is tell its bytes, not its name [pure]."""

from __future__ import annotations

from typing import Final

from server.errors import Invalid, TooLarge
from server.hearings.lists import delimited, icalendar, workbook
from server.hearings.lists.sheet import Sheet, sheet

MOST_BYTES: Final = 2 * 1024 * 1024
_OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"


def read(data: bytes) -> Sheet:
    """Return what the list says; raises ``Invalid`` or ``TooLarge``.

    May take a second for the worst of files: run it in a thread.
    """
    if len(data) > MOST_BYTES:
        raise TooLarge("A list has at most 2 MiB.")
    if data.startswith(_OLD_WORKBOOK):
        raise Invalid(
            "This is a workbook of the old form (or an encrypted one); save it as .xlsx without a "
            "password.",
            field="file",
        )
    if data.startswith(workbook.MAGIC):
        return sheet(*workbook.rows(data))
    text = delimited.text_of(data)
    if text.lstrip().upper().startswith(icalendar.BEGINS):
        return icalendar.sheet(text.lstrip())
    return sheet(delimited.rows(text))
