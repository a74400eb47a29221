"""``scripts/export``: a copy of a range of a broadcast's record, made and fetched through the API.

Standard library only, as ``server.command``, whose way to the service it uses.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from server.command import Api, NotReached, Refused, find_api
from server.run_options import DEFAULT_DATA

_POLL_S = 0.5
_ANSWER_S = 30.0
_READ = 1 << 20
_OVER = frozenset({"done", "refused", "failed"})


def begin(api: Api, asked: argparse.Namespace) -> Any:  # noqa: ANN401
    """Ask for the copy; return the export."""
    body = {
        "closed": asked.closed,
        "cameras": asked.camera,
        "from_time": asked.from_time,
        "to_time": asked.to_time,
    }
    return api.call("POST", _exports(asked.broadcast), json.dumps(body).encode())


def follow(api: Api, address: str) -> Any:  # noqa: ANN401
    """Tell the progress on standard error until the copy is made; return the export.

    An interrupt (Ctrl-C) cancels it.
    """
    try:
        while True:
            export = api.call("GET", address)
            sys.stderr.write(f"\r{export['state']} {export['done']:4.0%} ")
            if export["state"] in _OVER:
                sys.stderr.write("\n")
                return export
            time.sleep(_POLL_S)
    except KeyboardInterrupt:
        api.call("DELETE", address)
        sys.stderr.write("\ncancelled\n")
        raise


def fetch(api: Api, address: str, film: dict[str, Any], folder: Path) -> Path:
    """Fetch a film and compare its digest; raises ``NotReached`` if it is not what was told."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / Path(film["name"]).name
    sha = hashlib.sha256()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for data in _bytes(api, f"{address}/{quote(film['name'], safe='')}"):
            sha.update(data)
            file.write(data)
    if sha.hexdigest() != film["sha256"]:
        path.unlink()
        raise NotReached(f"{film['name']} did not arrive whole")
    return path


def _bytes(api: Api, path: str) -> Iterator[bytes]:
    parts = urlsplit(api.address)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_ANSWER_S)
    try:
        headers = {"Authorization": f"Bearer {api.token}"}
        connection.request("GET", f"{parts.path}{path}", headers=headers)
        answer = connection.getresponse()
        if answer.status != http.HTTPStatus.OK:
            raise Refused({"title": f"HTTP {answer.status}", "status": answer.status})
        while data := answer.read(_READ):
            yield data
    except (OSError, http.client.HTTPException) as problem:
        raise NotReached(f"{api.address} does not answer") from problem
    finally:
        connection.close()


def _exports(broadcast: str) -> str:
    return f"/broadcasts/{quote(broadcast, safe='')}/exports"


def parser() -> argparse.ArgumentParser:
    """Return the command's parser."""
    parser = argparse.ArgumentParser(
        prog="scripts/export",
        description="Copy a range of a broadcast's record as films, without encoding again.",
    )
    parser.add_argument("broadcast")
    hint = "court time with its zone, as 2026-11-23T09:30:00+08:00 (default: the whole hearing)"
    parser.add_argument("--from", dest="from_time", metavar="TIME", help=hint)
    parser.add_argument("--to", dest="to_time", metavar="TIME")
    parser.add_argument("--camera", action="append", default=[], metavar="ID")
    parser.add_argument("--closed", action="store_true", help="closed parts, too")
    parser.add_argument("--out", type=Path, metavar="DIR", help="fetch the films into a folder")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("TINGBO_DATA", DEFAULT_DATA)),
        metavar="DIR",
        help="data directory of the running service (default: %(default)s)",
    )
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run the command: 0 done, 1 refused or failed, 2 not reached, 130 cancelled."""
    asked = parser().parse_args(arguments)
    try:
        api = find_api(asked.data)
        export = begin(api, asked)
        address = f"{_exports(asked.broadcast)}/{export['id']}"
        export = follow(api, address)
        if export["state"] == "done" and asked.out:
            for film in export["films"]:
                film["path"] = str(fetch(api, address, film, asked.out))
    except Refused as refused:
        sys.stderr.write(json.dumps(refused.problem, ensure_ascii=False) + "\n")
        return 1
    except (NotReached, FileExistsError) as problem:
        sys.stderr.write(f"The copy was not fetched: {problem}.\n")
        return 2
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(json.dumps(export, ensure_ascii=False) + "\n")
    return 0 if export["state"] == "done" else 1
