"""The scripts that speak to a running service: ``order``, ``post``, ``stats``.

They use the HTTP API like everybody else, with the address and token that the service keeps in
``run/access.json`` for the owner of the data directory. Standard library only, so that they answer
at once. Exit status: 0 done, 1 refused (the problem is on standard error as JSON), 2 not reached.
"""

from __future__ import annotations

import argparse
import http.client
import json
import mimetypes
import os
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from server.commands import DEFAULT_DATA

# What an order takes behind its name, in this order; those in brackets may be left out.
ORDERS: dict[str, tuple[str, ...]] = {
    "start": (),
    "recess": (),
    "resume": (),
    "closed": (),
    "open": (),
    "dump": (),
    "range-dump": ("seconds",),
    "end": (),
    "mute": ("[camera]",),
    "unmute": ("[camera]",),
    "voice-shift": ("[camera]",),
    "voice-plain": ("[camera]",),
    "mask": ("[camera]", "[x]", "[y]", "[width]", "[height]"),
    "unmask": ("[camera]",),
    "layout": ("layout",),
    "camera": ("camera",),
    "delay": ("seconds",),
}
_ANSWER_S = 30.0
_RESTART_S = 5.0  # a server that is started again answers within 3 s


class Refused(Exception):
    """The service did not do it; ``problem`` is its answer (RFC 9457)."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(str(problem.get("title", "refused")))
        self.problem = problem


class NotReached(Exception):
    """No service answers."""


@dataclass(frozen=True, slots=True)
class Api:
    """A running service's API."""

    address: str
    token: str

    def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        media: str = "application/json",
    ) -> Any:  # noqa: ANN401  (whatever JSON the API gives)
        """Return the JSON answer; raises ``Refused`` or ``NotReached``.

        Waits for a service that is just being started again. Only calls that may be repeated
        (with a key of their own) are made by this module.
        """
        until = time.monotonic() + _RESTART_S
        while True:
            try:
                return self._call(method, path, body, media)
            except (OSError, http.client.HTTPException) as problem:
                if time.monotonic() > until:
                    raise NotReached(f"{self.address} does not answer") from problem
                time.sleep(0.1)

    def _call(self, method: str, path: str, body: bytes | None, media: str) -> Any:  # noqa: ANN401
        parts = urlsplit(self.address)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=_ANSWER_S)
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}
        if body is not None:
            headers["Content-Type"] = media
        try:
            connection.request(method, f"{parts.path}{path}", body, headers)
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        try:
            document = json.loads(raw) if raw else {}
        except ValueError:
            document = {"title": f"HTTP {answer.status}", "status": answer.status}
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise Refused(document)
        return document


def find_api(data: Path) -> Api:
    """Return the API of the service that runs in a data directory."""
    path = data / "run" / "access.json"
    try:
        access = json.loads(path.read_text(encoding="utf-8"))
        return Api(str(access["api"]), str(access["token"]))
    except FileNotFoundError:
        raise NotReached(f"no service runs in {data} (there is no {path})") from None
    except (OSError, ValueError, KeyError) as problem:
        raise NotReached(f"{path} cannot be read: {problem}") from None


def order(api: Api, asked: argparse.Namespace) -> Any:  # noqa: ANN401
    """Give an order; return when it took force."""
    body = {
        "order": asked.order.replace("-", "_"),
        "key": asked.key or uuid.uuid4().hex,
        "arguments": _arguments(asked),
    }
    path = f"/broadcasts/{quote(asked.broadcast, safe='')}/orders"
    return api.call("POST", path, json.dumps(body).encode())


def _arguments(asked: argparse.Namespace) -> dict[str, str | float]:
    """Return what an order is about; the service says what it cannot be."""
    names = [name.strip("[]") for name in ORDERS[asked.order]]
    given: dict[str, str | float] = dict(zip(names, asked.value, strict=False))
    if asked.back is not None:
        given["seconds"] = asked.back
    if asked.method:
        given["method"] = asked.method
    return given


def post(api: Api, asked: argparse.Namespace) -> Any:  # noqa: ANN401
    """Write into the report."""
    base = f"/broadcasts/{quote(asked.broadcast, safe='')}/report"
    photos = [_upload(api, base, Path(photo), asked.alt) for photo in asked.photo]
    body = {
        "client_key": asked.key or uuid.uuid4().hex,
        "role": asked.role,
        "speaker": asked.speaker,
        "body": asked.text,
        "photos": photos,
    }
    return api.call("POST", f"{base}/posts", json.dumps(body).encode())


def _upload(api: Api, base: str, photo: Path, alt: str) -> str:
    """Upload a photo; return the name by which a post can hold it."""
    try:
        data = photo.read_bytes()
    except OSError as problem:
        raise NotReached(f"{photo} cannot be read: {problem.strerror}") from None
    border = uuid.uuid4().hex
    kind = mimetypes.guess_type(photo.name)[0] or "application/octet-stream"
    head = (
        f'--{border}\r\nContent-Disposition: form-data; name="alt"\r\n'
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{alt or photo.stem}\r\n"
        f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="photo"\r\n'
        f"Content-Type: {kind}\r\n\r\n"
    ).encode()
    body = head + data + f"\r\n--{border}--\r\n".encode()
    answer = api.call("POST", f"{base}/photos", body, f"multipart/form-data; boundary={border}")
    return str(answer["name"])


def stats(api: Api, asked: argparse.Namespace) -> Any:  # noqa: ANN401
    """Return a year's figures as published."""
    return api.call("GET", f"/statistics/{asked.year}")


def parser() -> argparse.ArgumentParser:
    """Return the parser of all three commands."""
    parser = argparse.ArgumentParser(prog="scripts/…", description="Speak to a running Tingbo.")
    commands = parser.add_subparsers(dest="command", required=True)

    ordering = _command(commands, "order", "Give a broadcast an order; prints when it took force.")
    ordering.add_argument("broadcast")
    ordering.add_argument("order", choices=ORDERS, metavar="ORDER", help=", ".join(ORDERS))
    ordering.add_argument(
        "value",
        nargs="*",
        help="; ".join(f"{name} {' '.join(its)}" for name, its in ORDERS.items() if its)
        + "; a camera is its number or id, auto follows who speaks; a mask is in fractions of the"
        " camera's picture, all of it unless it is said",
    )
    ordering.add_argument(
        "--back", type=float, metavar="S", help="mute or mask what was S seconds ago, too"
    )
    ordering.add_argument("--method", choices=("fill", "pixelate"), help="how a mask hides")
    ordering.add_argument("--key", default="", help="the same key again is the same order")

    posting = _command(commands, "post", "Write into a hearing's image-text report.")
    posting.add_argument("broadcast")
    posting.add_argument("text")
    posting.add_argument("--role", default="clerk", help="who speaks (default: %(default)s)")
    posting.add_argument("--speaker", default="", help="the speaker's name as shown")
    posting.add_argument("--photo", action="append", default=[], metavar="FILE")
    posting.add_argument("--alt", default="", help="what the photo shows, for who cannot see it")
    posting.add_argument("--key", default="", help="the same key again is the same post")

    counting = _command(commands, "stats", "Print a year's figures as published.")
    counting.add_argument("year", type=int)
    counting.add_argument("--json", action="store_true", help="as one line of JSON")
    return parser


def _command(commands: Any, name: str, about: str) -> argparse.ArgumentParser:  # noqa: ANN401
    command: argparse.ArgumentParser = commands.add_parser(
        name, prog=f"scripts/{name}", description=about, help=about
    )
    default = os.environ.get("TINGBO_DATA", DEFAULT_DATA)
    command.add_argument(
        "--data",
        type=Path,
        default=Path(default),
        metavar="DIR",
        help="data directory of the running service (default: %(default)s)",
    )
    return command


def main(arguments: Sequence[str]) -> int:
    """Run one command."""
    asked = parser().parse_args(arguments)
    if asked.command == "order":
        names = ORDERS[asked.order]
        least = sum(not name.startswith("[") for name in names)
        if not least <= len(asked.value) <= len(names):
            wanted = " ".join(names) or "nothing"
            sys.stderr.write(f"{asked.order} is given with {wanted} behind it.\n")
            return 2
    run = {"order": order, "post": post, "stats": stats}[asked.command]
    try:
        answer = run(find_api(asked.data), asked)
    except Refused as refused:
        sys.stderr.write(json.dumps(refused.problem, ensure_ascii=False) + "\n")
        return 1
    except NotReached as problem:
        sys.stderr.write(f"Tingbo was not reached: {problem}.\n")
        return 2
    one_line = asked.command != "stats" or asked.json
    indent = None if one_line else 2
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=indent) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
