"""What can go wrong in the service, named after what happened.

``server/problems.py`` decides what each means in HTTP. Texts are English sentences with
``%(name)s`` places; they are translated when the reader is known::

    ServiceError
    ├── Invalid              a field or a request cannot be accepted (422; 400 for bad syntax)
    ├── SignInNeeded         nobody is signed in (401)
    │   └── CodeNeeded       the password is right, and a second factor is asked for
    ├── Forbidden            the person may not do this (403)
    ├── NotFound             there is no such thing, or not for this reader (404)
    ├── Conflict             not possible in the present state (409)
    │   └── NotReady         a broadcast may not start yet
    ├── Gone                 it was there and has been taken away (410)
    ├── TooLarge             more bytes than are taken (413)
    ├── UnknownMedia         a media type that is not taken (415)
    ├── TooMany              too often; ``retry_after_s`` says when again (429)
    ├── Unavailable          something the service needs is away (503)
    │   └── DatabaseUnavailable
    └── WrongSettings        the service cannot start with these settings
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from server.wording import marked

Value = str | int | float


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field; ``field`` is a dotted path, ``code`` is stable."""

    field: str
    code: str
    text: str
    values: dict[str, Value] = dataclasses.field(default_factory=dict)


class ServiceError(Exception):
    """Base of all errors that the service raises on purpose.

    ``text`` is an English sentence for the reader; ``values`` fill its ``%(name)s`` places.
    """

    status = 500
    code = "internal"
    title = marked("Something went wrong")
    problems: tuple[FieldProblem, ...] = ()

    def __init__(self, text: str = "", /, **values: Value) -> None:
        super().__init__(text % values if values else text or self.title)
        self.text = text
        self.values = values


class Invalid(ServiceError):
    """A request cannot be accepted as it is."""

    status = 422
    code = "invalid"
    title = marked("This cannot be accepted")

    def __init__(
        self,
        text: str = "",
        /,
        *,
        field: str = "",
        problems: Iterable[FieldProblem] = (),
        **values: Value,
    ) -> None:
        super().__init__(text, **values)
        self.problems = tuple(problems)
        if field and not self.problems:
            self.problems = (FieldProblem(field, "invalid", text, values),)


class Malformed(Invalid):
    """The request's syntax is wrong."""

    status = 400
    code = "malformed"
    title = marked("This request cannot be read")


class SignInNeeded(ServiceError):
    """Nobody is signed in."""

    status = 401
    code = "sign-in-needed"
    title = marked("Please sign in")


class CodeNeeded(SignInNeeded):
    """The password is right, and a code of the second factor is asked for."""

    code = "code-needed"


class Forbidden(ServiceError):
    """The person may not do this."""

    status = 403
    code = "forbidden"
    title = marked("You may not do this")


class NotFound(ServiceError):
    """There is no such thing, or not for this reader."""

    status = 404
    code = "not-found"
    title = marked("There is nothing at this address")


class Conflict(ServiceError):
    """Not possible in the present state."""

    status = 409
    code = "conflict"
    title = marked("This is not possible now")


class NotReady(Conflict):
    """A broadcast may not start yet; each of ``problems`` names what stands against it."""

    code = "not-ready"

    def __init__(self, text: str, /, problems: Iterable[FieldProblem]) -> None:
        super().__init__(text)
        self.problems = tuple(problems)


class Gone(ServiceError):
    """It was there and has been taken away."""

    status = 410
    code = "gone"
    title = marked("This has been taken away")


class TooLarge(ServiceError):
    """More bytes than are taken."""

    status = 413
    code = "too-large"
    title = marked("This is too large")


class UnknownMedia(ServiceError):
    """A media type that is not taken here."""

    status = 415
    code = "unknown-media-type"
    title = marked("This kind of content is not taken here")


class TooMany(ServiceError):
    """Too often; ``retry_after_s`` says in seconds when again."""

    status = 429
    code = "too-many"
    title = marked("Too many attempts")

    def __init__(self, text: str = "", /, *, retry_after_s: int = 60, **values: Value) -> None:
        super().__init__(text, **values)
        self.retry_after_s = retry_after_s


class Unavailable(ServiceError):
    """Something the service needs is away for the moment."""

    status = 503
    code = "unavailable"
    title = marked("This is not available at the moment")

    def __init__(self, text: str = "", /, *, retry_after_s: int = 5, **values: Value) -> None:
        super().__init__(text, **values)
        self.retry_after_s = retry_after_s


class DatabaseUnavailable(Unavailable):
    """The database does not answer."""

    code = "database-unavailable"


class WrongSettings(ServiceError):
    """The service cannot start with these settings; the text names each wrong one."""

    code = "wrong-settings"
