"""What a passer-by may know of a hearing that has not been on the air (rule B-07) [pure].

Court, courtroom and time are on the court's board. Which case it is, is told by its public notice,
and by nothing that says more: cause and those whom the law names, no case number, no title. Without
a notice that holds for this time and place the case is not announced yet.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from server.hearings.model import Hearing
from server.notices.model import Notice
from server.translation import gettext
from server.wording import marked

UNANNOUNCED: Final = marked("Case not announced yet")


def as_announced(hearing: Hearing, notice: Notice | None) -> Hearing:
    """Return a hearing with what its notice names in place of its title."""
    if notice is None or notice.ending is not None or notice.moved:
        title, english = gettext("zh-CN", UNANNOUNCED), gettext("en", UNANNOUNCED)
        return replace(hearing, title=title, title_en=english, case_number="", cause="")
    text, parties = notice.text, [name for _, name in notice.text.parties]
    return replace(
        hearing,
        title=f"{text.cause}：{'、'.join(parties)}",
        title_en=f"{text.cause}: {', '.join(parties)}",
        case_number="",
        cause=text.cause,
    )
