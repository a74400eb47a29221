"""The service's own words (states, roles, media) as a reader sees them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from server.reports.speakers import SPEAKERS
from server.translation import Language, gettext
from server.withdrawn.model import REASON_WORDS
from server.wording import marked

WORDS: Final = MappingProxyType(
    {
        # what the public is told of a broadcast
        "upcoming": marked("Not started"),
        "live": marked("Live"),
        "recess": marked("In recess"),
        "closed": marked("Closed hearing"),
        "interrupted": marked("Interrupted"),
        "ended": marked("Ended"),
        "upcomingText": marked(
            "The broadcast has not started. It will begin by itself when the hearing opens."
        ),
        "liveText": marked("The hearing is being broadcast."),
        "recessText": marked(
            "The court is in recess. The broadcast goes on by itself when the hearing resumes."
        ),
        "closedText": marked(
            "This part is closed to the public by law. The broadcast goes on by itself afterwards."
        ),
        "interruptedText": marked(
            "The picture is interrupted. The broadcast goes on by itself when it is back."
        ),
        "endedText": marked("The broadcast of this hearing has ended."),
        **SPEAKERS,
        **{f"reason_{reason.value}": text for reason, text in REASON_WORDS.items()},
        # how a sign-in with the provider of identities ended
        "provider_away": marked(
            "The provider does not answer. Sign in with name and password, or try again later."
        ),
        "provider_too-late": marked(
            "This sign-in was begun in another browser or window, or too long ago. Begin again."
        ),
        "provider_broken-off": marked("The provider let nobody in, or it was broken off there."),
        "provider_not-trusted": marked(
            "The answer of the provider cannot be trusted, so nobody was signed in. Begin again; "
            "if that does not help, tell an administrator."
        ),
        "provider_nobody": marked(
            "This account is not connected with a person here. Sign in with name and password and "
            "connect it under “My account”, or ask an administrator."
        ),
        "provider_taken": marked("This account is connected with another person here."),
        # phases of a hearing
        "phase_opened": marked("Opening announced"),
        "phase_identity_check": marked("Identity check"),
        "phase_investigation": marked("Court investigation"),
        "phase_evidence": marked("Evidence"),
        "phase_argument": marked("Argument"),
        "phase_final_statement": marked("Final statement"),
        "phase_recess": marked("Recess"),
        "phase_deliberation": marked("Deliberation"),
        "phase_judgment": marked("Judgment pronounced"),
        "phase_closed": marked("Closing"),
        # how cameras are laid out
        "layout_single": marked("one camera"),
        "layout_two": marked("two side by side"),
        "layout_picture_in_picture": marked("picture in picture"),
        "layout_quad": marked("four cameras"),
        "layout_one_and_five": marked("one large, five small"),
        # media of the count
        "live_video": marked("Live video"),
        "replay_video": marked("Replay"),
        "report": marked("Live report"),
        "partner": marked("Media partners"),
        # permissions
        "may_administer": marked("Administer courts and people"),
        "may_equip": marked("Set up courtrooms and cameras"),
        "may_schedule": marked("Schedule hearings and broadcasts"),
        "may_call_off": marked("Cancel and adjourn hearings"),
        "may_calendar": marked("Read the calendar"),
        "may_watch_room": marked("Watch the room without delay"),
        "may_order": marked("Give every order"),
        "may_stop": marked("Take off the air"),
        "may_report": marked("Write the report"),
        "may_partners": marked("Manage media partners"),
        "may_statistics": marked("See detail behind the figures"),
        "may_audit": marked("Read the journal"),
        "may_export": marked("Copy from the record"),
        "may_export_closed": marked("Copy closed parts of the record"),
        "may_sign": marked("Sign as the presiding judge"),
        "may_applications": marked("Read applications"),
        "may_apply": marked("Write applications"),
        "may_approve": marked("Sign steps of approval"),
        # roles of staff
        "administrator": marked("Administrator"),
        "technician": marked("Technician"),
        "partner_manager": marked("Partner manager"),
        "auditor": marked("Auditor"),
        "watcher": marked("Watcher of the air"),
        "reviewer": marked("Reviewer of recordings"),
        "applicant": marked("Applicant"),
        "division_head": marked("Head of a trial division"),
        "trial_management": marked("Trial management"),
        "vice_president": marked("Vice-president"),
        "upper_court": marked("Upper court"),
    }
)


def word(language: Language, value: str) -> str:
    """Return the reader's word for one of ours; an unknown one as it is."""
    known = WORDS.get(value)
    return gettext(language, known) if known else value
