"""The stranger's command by addresses: it fetches from one site, and says what it cannot say."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from media.proof.check import main
from media.proof.ed25519 import fingerprint
from media.proof.pieces import digests_of
from media.proof.signed import canonical, sealed_line

PUBLISHED = b"what the public saw"
LISTING = f"{hashlib.sha256(PUBLISHED).hexdigest()}  v1/0.m4s\n".encode()
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


class Site(ThreadingHTTPServer):
    """A court's server on loopback, which answers with what it is given."""

    files: dict[str, bytes]


class Handler(BaseHTTPRequestHandler):
    """Sends a file or 404."""

    def do_GET(self) -> None:
        """Answer."""
        body = cast("Site", self.server).files.get(self.path)
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    server.files = {"/files": LISTING, "/proof": proof()}
    yield server
    server.shutdown()
    server.server_close()


def proof(listed: str = "/files", copies: tuple[dict[str, object], ...] = ()) -> bytes:
    digest = hashlib.sha256(LISTING).hexdigest()
    sheet = canonical({"broadcast": "b1", "public": {"digest": digest, "files": 1, "size": 19}})
    raw = KEY.public_key().public_bytes_raw()
    signed = sealed_line(sheet, fingerprint(raw), KEY.sign(b"tingbo record sheet\n" + sheet))
    document = {
        "format": "tingbo proof 1",
        "broadcast": "b1",
        "record": {"signed": signed.decode(), "day": None},
        "public": {"list": listed},
        "copies": list(copies),
    }
    return json.dumps(document).encode()


@pytest.fixture
def key(tmp_path: Path) -> str:
    path = tmp_path / "court.pem"
    path.write_bytes(
        KEY.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return str(path)


def run(site: Site, key: str, file: Path) -> int:
    address = f"http://127.0.0.1:{site.server_address[1]}/proof"
    return main([str(file), address, "--key", key])


def saved(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "0.m4s"
    path.write_bytes(data)
    return path


def test_what_was_published_is_found_by_the_address_alone(
    site: Site, key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(site, key, saved(tmp_path, PUBLISHED)) == 0
    said = capsys.readouterr().out
    assert "v1/0.m4s" in said
    assert "no daily root yet" in said
    assert run(site, key, saved(tmp_path, PUBLISHED + b"!")) == 1
    assert "another file" in capsys.readouterr().out


def test_it_goes_to_no_other_site(
    site: Site, key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.files["/proof"] = proof("http://127.0.0.2:9/files")
    assert run(site, key, saved(tmp_path, PUBLISHED)) == 2
    assert "another site" in capsys.readouterr().err
    site.files["/proof"] = proof("file:///etc/passwd")
    assert run(site, key, saved(tmp_path, PUBLISHED)) == 2


def test_what_cannot_be_said_is_not_said(site: Site, key: str, tmp_path: Path) -> None:
    file = saved(tmp_path, b"something else")
    for wrong in (b"", b"[]", b"[" * 100_000, b"\xff", b'{"format": "tingbo proof 2"}'):
        site.files["/proof"] = wrong
        assert run(site, key, file) == 2
    site.files["/proof"] = proof()
    del site.files["/files"]
    assert run(site, key, file) == 2  # there may be a list it is in
    other = tmp_path / "other.pem"
    other.write_bytes(b"no key")
    assert run(site, str(other), file) == 2


def test_a_copy_whose_pieces_nobody_kept_is_known_and_nothing_else(
    site: Site, key: str, tmp_path: Path
) -> None:
    film = saved(tmp_path, b"a film")
    digests = digests_of(film)
    told = {"root": digests.root, "sha256": digests.sha256, "bytes": 6}
    site.files["/proof"] = proof(copies=({**told, "pieces": "/gone", "day": None},))
    assert run(site, key, film) == 2  # the document says so, but no signature does yet
    assert run(site, key, saved(tmp_path, b"a fiLm")) == 1
