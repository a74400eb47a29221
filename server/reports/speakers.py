"""What those who speak are called, for readers and captions."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from server.translation import Language, gettext
from server.wording import marked

SPEAKERS: Final = MappingProxyType(
    {
        "presiding_judge": marked("Presiding judge"),
        "judge": marked("Judge"),
        "assessor": marked("People’s assessor"),
        "clerk": marked("Clerk"),
        "bailiff": marked("Judicial police"),
        "prosecutor": marked("Prosecutor"),
        "accused": marked("Defendant (criminal)"),
        "defence_counsel": marked("Defence counsel"),
        "plaintiff": marked("Plaintiff"),
        "defendant": marked("Defendant"),
        "appellant": marked("Appellant"),
        "appellee": marked("Respondent"),
        "third_party": marked("Third party"),
        "agent": marked("Litigation agent"),
        "plaintiff_agent": marked("Plaintiff’s agent"),
        "defendant_agent": marked("Defendant’s agent"),
        "victim": marked("Victim"),
        "witness": marked("Witness"),
        "expert_examiner": marked("Forensic expert"),
        "interpreter": marked("Interpreter"),
        "host": marked("Editor"),
    }
)


def who(language: Language, role: str, name: str) -> str:
    """Return a speaker by role and name, of which either may be empty."""
    known = SPEAKERS.get(role)
    return " ".join(filter(None, (gettext(language, known) if known else role, name)))
