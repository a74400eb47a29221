"""Stable codes of what can be wrong with a camera or the record, and what may be said about it.

The server translates the codes; they are part of the public face and never change their meaning.
"""

from __future__ import annotations

import re
from typing import Final

UNREACHABLE: Final = "unreachable"  # no answer: host down, no route, name unknown
REFUSED: Final = "refused"  # the host answers, nothing listens there
UNAUTHORISED: Final = "unauthorised"  # name or password missing or wrong
NOT_FOUND: Final = "not_found"  # the camera knows no such path; no such file
UNSUPPORTED: Final = "unsupported"  # a scheme or codec that cannot be recorded
GARBAGE: Final = "garbage"  # what comes cannot be understood
NO_VIDEO: Final = "no_video"  # sound only: recorded, but told
NO_MEDIA: Final = "no_media"  # neither picture nor sound
NO_KEY_FRAMES: Final = "no_key_frames"  # pictures that nobody can begin with
STALLED: Final = "stalled"  # connected, but nothing came for a while
CLOSED: Final = "closed"  # the camera ended the connection
CHANGED: Final = "changed"  # size or codec changed in mid-stream: recorded, but told
TIMESTAMPS: Final = "timestamps"  # the camera's clock jumped: recorded, but told
DISK_FULL: Final = "disk_full"  # no room for new recordings
REDIRECTED: Final = "redirected"  # the camera names another address
BUSY: Final = "busy"  # the camera serves as many as it can
CERTIFICATE: Final = "certificate"  # it cannot prove who it is
SOUND_UNSUPPORTED: Final = "sound_unsupported"  # recorded without its sound
UDP_BLOCKED: Final = "udp_blocked"  # nothing came by UDP; it comes by TCP
LOSSY: Final = "lossy"  # packets are lost on the way
JITTERY: Final = "jittery"  # packets come unevenly
RARE_KEY_FRAMES: Final = "rare_key_frames"  # farther apart than five seconds
SOUND_STALLED: Final = "sound_stalled"  # pictures come, the sound does not any more
DRIFTING: Final = "drifting"  # the camera's clock runs more than 500 ppm wrong
NOBODY_PUSHES: Final = "nobody_pushes"  # we listen, and nobody has come yet
WRONG_KEY: Final = "wrong_key"  # somebody came with a key that is not this camera's; refused
SECOND_PUBLISHER: Final = "second_publisher"  # another came while the first is there; refused
PORT_TAKEN: Final = "port_taken"  # another program or camera listens at the port
NO_SUCH_ADDRESS: Final = "no_such_address"  # the address to listen at is not this machine's
NO_BRIDGE: Final = "no_bridge"  # the program that speaks SRT is missing or does not run
NO_DEVICE: Final = "no_device"  # no such camera or microphone at this machine
DEVICE_BUSY: Final = "device_busy"  # another program uses it
NO_KEYS: Final = "no_keys"  # the record's keys cannot be kept: nothing is recorded
KEYS_LOST: Final = "keys_lost"  # keys of what was recorded are gone: recorded on, but told
SECOND_STORE: Final = "second_store"  # the record's copy is late or refused: recorded, but told
RECESS: Final = "recess"  # the court's rules keep nothing of a recess; the camera is well
RECESS_SOUND: Final = "recess_sound"  # they keep its picture without the sound
FAILED: Final = "failed"  # anything else; the recorder's log has more

CODES: Final = frozenset(
    {
        UNREACHABLE,
        REFUSED,
        UNAUTHORISED,
        NOT_FOUND,
        UNSUPPORTED,
        GARBAGE,
        NO_VIDEO,
        NO_MEDIA,
        NO_KEY_FRAMES,
        STALLED,
        CLOSED,
        CHANGED,
        TIMESTAMPS,
        DISK_FULL,
        REDIRECTED,
        BUSY,
        CERTIFICATE,
        SOUND_UNSUPPORTED,
        UDP_BLOCKED,
        LOSSY,
        JITTERY,
        RARE_KEY_FRAMES,
        DRIFTING,
        SOUND_STALLED,
        NOBODY_PUSHES,
        WRONG_KEY,
        SECOND_PUBLISHER,
        PORT_TAKEN,
        NO_SUCH_ADDRESS,
        NO_BRIDGE,
        NO_DEVICE,
        DEVICE_BUSY,
        NO_KEYS,
        KEYS_LOST,
        SECOND_STORE,
        RECESS,
        RECESS_SOUND,
        FAILED,
    }
)
# What a feed that listens says while it waits: it goes on listening, there is nothing to retry.
LISTENING: Final = frozenset({NOBODY_PUSHES, WRONG_KEY})

_STREAM_KEY = re.compile(r"(?<=rtmp-listen://)([^/\s]*/[^/\s?#]*/)[^\s'\"]*")
_WHIP_KEY = re.compile(r"(?<=whip-listen:///)[^\s'\"]*")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s?#]*@")
_SECRETS = re.compile(
    r"(?i)\b(pass(?:word|wd|phrase)?|pwd|key|token|secret|auth|streamid|user(?:name)?)=[^&\s'\"]*"
)


def redact(text: str) -> str:
    """Return the text without what may be a credential in an address.

    A password with an unescaped ``@`` or ``/`` cannot be told from a host, so everything up to the
    last ``@`` of the authority goes, and values of parameters that sound secret.
    """
    text = _CREDENTIALS.sub("", _WHIP_KEY.sub("…", _STREAM_KEY.sub(r"\1…", text)))
    return _SECRETS.sub(r"\1=…", text)
