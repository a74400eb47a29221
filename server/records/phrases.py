"""What is said of a record in words: lawful reasons, gaps, what a check found [pure]."""

from __future__ import annotations

import re

from server.broadcasts.phrases import issue_words
from server.translation import Language, gettext
from server.wording import marked

_REASONS = {
    "recess": marked("Recess"),
    "closed_evidence": marked("Evidence heard in closed session"),
    "unfit_mediation": marked("Mediation that is not fit for recording"),
}
_GAPS = {
    "recorder_stopped": marked("The recorder had stopped."),
    "unknown": marked("Not known"),
    "recess": marked("Left out in the recess, as the court's rules ask"),
}
_LINE = marked("The camera or its line was interrupted.")
_STREAMS = {"video": marked("Picture"), "audio": marked("Sound")}
# What the verifier says, in its own words (media.spool.verify); places are filled by what it found.
_FOUND = (
    marked("the volume is missing"),
    marked("the seal is missing"),
    marked("the seal is broken: %(why)s"),
    marked("not the seal of this volume: %(why)s"),
    marked("it does not follow the seal before it"),
    marked("its last line is torn"),
    marked("signed with another key: %(key)s"),
    marked("a signature is not the court's"),
    marked("its end is not signed"),
    marked("%(count)s bytes behind the seal"),
    marked("the volume is cut"),
    marked("this frame was changed"),
    marked("this chunk was changed"),
    marked("not a sheet of a known format: %(why)s"),
    marked("not a sheet as it is written"),
    marked("the sheet's signature is not the court's"),
    marked("a camera of the sheet is missing"),
    marked("the record is not what the sheet was signed for"),
    marked("the record has other gaps than the sheet"),
    marked("the sheet names another chain of seals"),
    marked("the record has no sheet for this public recording"),
    marked("not the sheet that lies with the record"),
    marked("the public recording is not what the sheet names"),
    marked("format %(version)s, never sealed"),
    marked("just begun, not sealed yet"),
    marked("what came before is not here"),
    marked("%(count)s pieces unsigned"),
    marked("%(count)s bytes not sealed yet"),
)
_PLACE = re.compile(r"%\\\((\w+)\\\)s")


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(_PLACE.sub(r"(?P<\1>.+)", re.escape(sentence)))


_PATTERNS = [(_pattern(sentence), sentence) for sentence in _FOUND]


def reason_words(language: Language, reason: str) -> str:
    """Return the lawful reason of an interruption."""
    return gettext(language, _REASONS.get(reason, reason))


def gap_words(language: Language, reason: str) -> str:
    """Return why a camera sent nothing."""
    if reason in _GAPS:
        return gettext(language, _GAPS[reason])
    return issue_words(language, reason) or reason


def public_gap_words(language: Language, reason: str) -> str:
    """Return the same for everybody: which trouble a camera had is for who can mend it."""
    if reason in _GAPS:
        return gettext(language, _GAPS[reason])
    return gettext(language, _LINE)


def stream_words(language: Language, stream: str) -> str:
    """Return what was missing."""
    return gettext(language, _STREAMS.get(stream, stream))


def finding_words(language: Language, what: str) -> str:
    """Return what the verifier found; a sentence that is not known as it is."""
    for pattern, sentence in _PATTERNS:
        if found := pattern.fullmatch(what):
            return gettext(language, sentence, **found.groupdict())
    return what


def note_words(language: Language, said: str) -> str:
    """Return what the verifier notes, behind the camera and the file it is about."""
    *where, what = said.split(": ", 2)
    return ": ".join((*where, finding_words(language, what)))
