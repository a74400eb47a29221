"""What can go wrong in media, named after what happened.

::

    MediaError
    ├── FeedUnavailable      a camera cannot be opened (``code`` is stable, see ``media.feeds``)
    ├── FeedLost             a camera that was open stopped or sent garbage
    ├── SpoolDamaged         a log cannot be read past a place
    │   └── SpoolLocked      a part of the record, or all of it, has no key: closed, or lost
    ├── SpoolFull            no room for the court's record: nothing more is accepted
    ├── OrderLogUnreadable   the gate stays closed
    ├── OrdersMoved          somebody else gave an order since the log was read
    ├── EncoderFailed        an encoder refused a frame or could not be opened
    ├── WorkerTooLate        a worker cannot keep up: the next one goes on after a gap
    ├── MalformedMessage     bytes on a socket that are not a known message
    ├── InvalidReload        a playlist request that makes no sense (HTTP 400)
    ├── ReloadTimeout        a blocking reload waited too long (HTTP 503)
    ├── TooManyWaiting       no room for another waiting request (HTTP 503)
    ├── UnknownResource      no such playlist, segment, part or init section (HTTP 404)
    │   └── ResourceWithdrawn  it was given out and has been withdrawn since (HTTP 410)
    └── RelayFull            no room for another viewer (HTTP 503)
"""


class MediaError(Exception):
    """Base of all errors that media raises on purpose."""


class FeedUnavailable(MediaError):
    """A camera cannot be opened; ``code`` is one of the stable issue codes."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class FeedLost(FeedUnavailable):
    """A camera that was open stopped or sent what cannot be used."""


class SpoolDamaged(MediaError):
    """A log cannot be read past a place."""


class SpoolLocked(SpoolDamaged):
    """A part of the record cannot be decrypted (its key is closed or lost) or no key be made."""


class SpoolFull(MediaError):
    """No room is left for the court's record."""


class OrdersMoved(MediaError):
    """Somebody else has given an order since the log was read: judge again, and try again."""


class OrderLogUnreadable(MediaError):
    """The log of orders cannot be read to its end; the gate stays closed."""


class EncoderFailed(MediaError):
    """An encoder refused a frame or could not be opened."""


class WorkerTooLate(MediaError):
    """A worker cannot keep up, or its machine stood still: the next one goes on after a gap."""


class MalformedMessage(MediaError):
    """Bytes on a socket are not a known message."""


class InvalidReload(MediaError):
    """A playlist request makes no sense (draft-pantos-hls-rfc8216bis §6.2.5.2)."""


class ReloadTimeout(MediaError):
    """A blocking reload waited longer than three target durations."""


class TooManyWaiting(MediaError):
    """No room for another request that waits."""


class UnknownResource(MediaError):
    """No such playlist, segment, part or init section."""


class ResourceWithdrawn(UnknownResource):
    """It was given out and has been withdrawn since."""


class RelayFull(MediaError):
    """No room for another viewer."""
