"""The words of approvals: states, answers, decisions, what made one void [pure]."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from server.approvals.policy import Policy
from server.translation import Language, gettext
from server.wording import marked

STATES: Final = MappingProxyType(
    {
        "draft": marked("Draft"),
        "submitted": marked("Waiting for signatures"),
        "returned": marked("Returned"),
        "agreed": marked("Agreed"),
        "refused": marked("Refused"),
        "void": marked("Void"),
    }
)
ANSWERS: Final = MappingProxyType(
    {
        "yes": marked("Yes"),
        "no": marked("No"),
        "na": marked("Does not apply"),
        "without_application": marked("Yes, but nobody has applied"),
        "undecided": marked("Raised, not decided yet"),
        "accepted": marked("Raised with good reason"),
        "rejected": marked("Raised, without good reason"),
    }
)
DECISIONS: Final = MappingProxyType(
    {
        "agree": marked("Agree"),
        "return": marked("Return"),
        "refuse": marked("Refuse"),
    }
)
MEDIA: Final = MappingProxyType(
    {"video": marked("Video"), "audio": marked("Sound"), "text": marked("Text and pictures")}
)
KINDS: Final = MappingProxyType(
    {
        "broadcast": marked("Application for the broadcast of a hearing"),
        "no_broadcast": marked("Application that a hearing be not broadcast"),
    }
)
BECAUSE: Final = MappingProxyType(
    {
        "withdrawn": marked("taken back"),
        "called_off": marked("the hearing was called off"),
        "media": marked("other media"),
        "courtroom": marked("another courtroom"),
        "judge": marked("another presiding judge"),
        "scheduled_at": marked("another time"),
        "nature": marked("another nature of the case"),
        "cause": marked("another cause of action"),
        "case_number": marked("another case number"),
        "form": marked("the application is not what was signed"),
        "submission": marked("the application is not what was signed"),
        "chain": marked("a step is not signed"),
        "signature": marked("a signature is over something else"),
        "duty": marked("one person has signed in two parts"),
        "journal": marked("a signature does not stand in the journal"),
    }
)
NATURES: Final = MappingProxyType(
    {
        "civil": marked("Civil"),
        "criminal": marked("Criminal"),
        "administrative": marked("Administrative"),
        "other": marked("Other nature"),
    }
)
_ALL = {**STATES, **ANSWERS, **DECISIONS, **MEDIA, **KINDS, **NATURES}


def phrase(language: Language, value: str) -> str:
    """Return the reader's word; an unknown one as it is."""
    known = _ALL.get(value)
    return gettext(language, known) if known else value


def because(language: Language, codes: list[str]) -> str:
    """Return what made an application void, in words."""
    words = [gettext(language, BECAUSE[code]) for code in codes if code in BECAUSE]
    return ("; " if language == "en" else "；").join(words)


_RECESS: Final = MappingProxyType(
    {
        "slate": marked(
            "In a recess the court's record keeps the room; the public sees the slate."
        ),
        "slate_and_mute": marked("In a recess the court's record keeps no sound of the room."),
        "stop": marked("In a recess the court's record keeps nothing of the room."),
    }
)
_RELEASE: Final = MappingProxyType(
    {
        "never": marked("There is no replay."),
        "at_once": marked("The replay becomes public without a review."),
        "after_review": marked("The replay becomes public when somebody has reviewed it."),
        "as_redacted": marked("The replay becomes public when somebody has redacted it."),
    }
)
_DOWNLOADS: Final = MappingProxyType(
    {
        "off": marked("Nobody can fetch the replay as a film."),
        "licence": marked("Partners with a key can fetch the replay as a film."),
        "public": marked("Everybody can fetch the replay as a film."),
    }
)
_EMBEDDING: Final = MappingProxyType(
    {
        "off": marked("No other site may show the broadcast in a frame."),
        "licence": marked("Sites of partners that the court has named may show the broadcast."),
    }
)
_SEARCH: Final = MappingProxyType(
    {
        True: marked("Search engines may list the broadcasts."),
        False: marked("Search engines are asked not to list the broadcasts."),
    }
)
_STATISTICS: Final = MappingProxyType(
    {
        True: marked("The public is told how many watch and watched."),
        False: marked("The public is not told how many watch and watched."),
    }
)


def policy_words(policy: Policy, language: Language) -> list[str]:
    """Return what a policy says beyond delay and notice, a sentence each."""
    said = (
        _RECESS[policy.recess],
        _RELEASE[policy.replay.release],
        _DOWNLOADS[policy.replay.downloads],
        _EMBEDDING[policy.embedding],
        _SEARCH[policy.search_engines],
        _STATISTICS[policy.statistics_public],
    )
    return [gettext(language, one) for one in said]
