"""What can be ordered, and what each order is about [pure].

Orders of the gate (``media.gate.RULES``) say whether the public sees the room at all; marks say how
it is shown: sound, masks, places, delay. Both are lines of one log, so that one number says what
came before what. ``checked`` is the only way in; what is in the log has passed it.

============  =======================================  ============================================
order         arguments                                acts
============  =======================================  ============================================
recess,       ``reason``, ``until`` (when it goes on,  closes the gate; the slate says so
closed, dump  local time "14:30")
recess,       ``ground``                               the lawful one, where it is not the name's
closed
range_dump    ``seconds`` back                         takes out what was said in them
mute          ``camera`` (all), ``seconds`` back       silence of a microphone, from then on
unmute        ``camera`` (all)                         ends it
voice_shift   ``camera`` (all), ``seconds`` back       a voice that is not to be recognised
voice_plain   ``camera`` (all)                         ends it
mask          ``camera``, rectangle, ``seconds`` back  hides a part of a camera's picture
unmask        ``camera`` (all)                         ends what ``mask`` began; templates stay
layout        ``layout``                               another arrangement of the cameras
camera        ``camera``, or ``auto``                  who has the first place, or: who speaks
delay         ``seconds``                              how far the public is behind the room
============  =======================================  ============================================
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from media.assignment import Layout
from media.gate import RULES, OrderRecord

LONGEST_DELAY_S = 30 * 60
LONGEST_ON_SLATE = 40  # characters
BY_VOICE = "auto"
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=LONGEST_DELAY_S, allow_inf_nan=False)]
# No control characters, and none that turn the direction of writing or break the line.
_ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"
CameraId = Annotated[str, Field(min_length=1, max_length=64)]
AnyCamera = Annotated[str, Field(max_length=64)]


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Nothing(_Arguments):
    """An order that says all by its name."""


class _Slate(_Arguments):
    """What its slate says besides: why, and when it goes on (local time of the court)."""

    reason: Annotated[str, Field(max_length=LONGEST_ON_SLATE, pattern=_ONE_LINE)] = ""
    until: Annotated[str, Field(pattern=r"^((\d{4}-\d\d-\d\d )?([01]\d|2[0-3]):[0-5]\d)?$")] = ""


class _Interrupting(_Slate):
    """The lawful ground (rule B-14) for the record's sheet, where it is not the order's own."""

    ground: Literal["", "recess", "closed_evidence", "unfit_mediation"] = ""


class _RangeDump(_Arguments):
    seconds: Annotated[float, Field(gt=0, le=LONGEST_DELAY_S, allow_inf_nan=False)]


class _SoundMark(_Arguments):
    """``camera`` "" means every microphone."""

    camera: AnyCamera = ""
    seconds: Seconds = 0


class _Lifting(_Arguments):
    """``camera`` "" means every one."""

    camera: AnyCamera = ""


class _Mask(_Arguments):
    """A rectangle in fractions of the camera's picture; the whole picture unless it is given."""

    camera: CameraId
    x: Fraction = 0
    y: Fraction = 0
    width: Annotated[float, Field(gt=0, le=1)] = 1
    height: Annotated[float, Field(gt=0, le=1)] = 1
    method: Literal["fill", "pixelate"] = "fill"
    seconds: Seconds = 0


class _Layout(_Arguments):
    layout: Layout


class _Camera(_Arguments):
    camera: CameraId


class _Delay(_Arguments):
    seconds: Seconds


# Nobody can send a key with a space: an order whose key begins so was given by the service, because
# nobody watched the air.
SERVICE_KEY = "watch "
# What takes something off the air, and gives the public nothing that it would not have seen.
TAKES_AWAY = frozenset(
    {"recess", "closed", "dump", "range_dump", "end", "mute", "voice_shift", "mask"}
)
MARKS: dict[str, type[_Arguments]] = {
    "mute": _SoundMark,
    "unmute": _Lifting,
    "voice_shift": _SoundMark,
    "voice_plain": _Lifting,
    "mask": _Mask,
    "unmask": _Lifting,
    "layout": _Layout,
    "camera": _Camera,
    "delay": _Delay,
}
ARGUMENTS: dict[str, type[_Arguments]] = {
    **dict.fromkeys(RULES, _Nothing),
    **dict.fromkeys(("recess", "closed", "dump"), _Slate),
    "recess": _Interrupting,
    "closed": _Interrupting,
    "range_dump": _RangeDump,
    **MARKS,
}


def checked(order: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return an order's arguments with everything that was left out.

    Raises ``ValueError`` for an order that is not known and for arguments it cannot have; the
    message names the argument.
    """
    known = ARGUMENTS.get(order)
    if known is None:
        raise ValueError(f"unknown order {order!r}")
    try:
        made = known.model_validate(given)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or order
        raise ValueError(f"{name}: {first['msg']}") from None
    return made.model_dump(
        exclude_defaults=issubclass(known, _Slate)
    )  # older logs say nothing there


def is_sound(record: OrderRecord) -> bool:
    """Tell whether a record's order and arguments are ones that ``checked`` lets through."""
    try:
        return checked(record.order, record.args) == record.args
    except ValueError:
        return False
