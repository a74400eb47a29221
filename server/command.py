"""The scripts that speak to a running service: ``order``, ``post``, ``stats``.

They use the HTTP API like everybody else, with the address and token that the service keeps in
``run/access.json`` for the owner of the data directory. An order must not wait for its program, so
this imports what starts fast: neither ``http.client`` nor ``dataclasses`` nor anything installed,
and runs in whichever Python calls it. Exit status: 0 done, 1 refused (the problem is on standard
error as JSON), 2 not reached.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from server.run_options import DEFAULT_DATA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

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
_AT_THE_DESK = """\
what to give when:
  something slipped out              dump                     slate at once, until resume
  only the last 20 s, and go on      range-dump 20            as far as nobody has seen them
  names and numbers are read out     mute   … unmute          all microphones
  one of them, and what it just said  mute 2 --back 5          camera 2, and its last 5 s
  a voice nobody may recognise       voice-shift 2
  a face, a screen                   mask 1 0.4 0.3 0.2 0.3   left, top, width, height: fractions
  all that was masked                unmask
  another camera large               camera 2, or camera auto for who speaks
  another arrangement                layout single|two|picture_in_picture|quad|one_and_five
  more or less time to react         delay 60                 longer: a slate until it is filled;
                                                              shorter: what lies between is skipped

出现意外：dump 切断；range-dump 20 只切除公众尚未看到的最近 20 秒；核对身份：mute / unmute；
遮挡：mask / unmask；切换：camera、layout；更改延时：delay。
"""
_ANSWER_S = 30.0
_PIECE, _LONGEST_ANSWER = 1 << 16, 1 << 26
_REFUSED = 400
_RESTART_S = 5.0  # a server that is started again answers within 3 s


class Refused(Exception):
    """The service did not do it; ``problem`` is its answer (RFC 9457)."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(str(problem.get("title", "refused")))
        self.problem = problem


class NotReached(Exception):
    """No service answers."""


class Api:
    """A running service's API."""

    def __init__(self, address: str, token: str) -> None:
        self.address, self.token = address, token

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
            except (OSError, ValueError) as problem:
                if time.monotonic() > until:
                    raise NotReached(f"{self.address} does not answer") from problem
                time.sleep(0.1)

    def _call(self, method: str, path: str, body: bytes | None, media: str) -> Any:  # noqa: ANN401
        """Ask once; raises ``ValueError`` for what is no answer of ours."""
        status, raw = self._exchange(method, path, body or b"", media)
        try:
            document = json.loads(raw) if raw else {}
        except ValueError:
            document = {"title": f"HTTP {status}", "status": status}
        if status >= _REFUSED:
            raise Refused(document)
        return document

    def _exchange(self, method: str, path: str, body: bytes, media: str) -> tuple[int, bytes]:
        """Return status and body; by HTTP/1.0, whose answers end where the connection does."""
        parts = urlsplit(self.address)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        head = (
            f"{method} {parts.path}{path} HTTP/1.0",
            f"Host: {parts.netloc}",
            f"Authorization: Bearer {self.token}",
            "Accept: application/json",
            "Accept-Language: en",
            f"Content-Type: {media}",
            f"Content-Length: {len(body)}",
            "",
            "",
        )
        with socket.create_connection((host, port), _ANSWER_S) as plain:
            connection = _secured(plain, host) if parts.scheme == "https" else plain
            with connection:
                connection.sendall("\r\n".join(head).encode() + body)
                return _answer(connection)


def _secured(plain: socket.socket, host: str) -> socket.socket:
    import ssl  # noqa: PLC0415  (slow to import, and seldom needed on the service's own machine)

    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _answer(connection: socket.socket) -> tuple[int, bytes]:
    received = bytearray()
    while piece := connection.recv(_PIECE):
        received += piece
        if len(received) > _LONGEST_ANSWER:
            raise ValueError("the answer is too long")
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    fields = head.split(b"\r\n")
    version, _, rest = fields[0].partition(b" ")
    if not version.startswith(b"HTTP/1."):
        raise ValueError("this is no answer of HTTP")
    for field in fields[1:]:
        name, _, value = field.partition(b":")
        if name.lower() == b"content-length" and len(body) != int(value):
            raise ValueError("the answer is torn")
    return int(rest[:3]), body


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
        "key": asked.key or os.urandom(16).hex(),
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
    given |= {
        name: value
        for name in ("method", "reason", "until")
        if (value := getattr(asked, name)) is not None
    }
    return given


def post(api: Api, asked: argparse.Namespace) -> Any:  # noqa: ANN401
    """Write into the report."""
    base = f"/broadcasts/{quote(asked.broadcast, safe='')}/report"
    photos = [_upload(api, base, Path(photo), asked.alt) for photo in asked.photo]
    body = {
        "client_key": asked.key or os.urandom(16).hex(),
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
    border = os.urandom(16).hex()
    import mimetypes  # noqa: PLC0415  (reads the system's tables)

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
    ordering.epilog = _AT_THE_DESK
    ordering.formatter_class = argparse.RawDescriptionHelpFormatter
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
    ordering.add_argument("--reason", help="what the slate says of a recess, closed part or dump")
    ordering.add_argument("--until", metavar="HH:MM", help="when it goes on, for the slate")
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
