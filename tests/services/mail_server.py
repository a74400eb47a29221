"""A real mail server in a process of its own, and what it was handed."""

from __future__ import annotations

import email
import email.policy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.services.program import free_port, listens, own_folder, running

PROGRAM = Path(__file__).with_name("smtp_program.py")


@dataclass(frozen=True)
class MailServerRun:
    """A mail server that runs. ``certificate`` is signed by itself."""

    port: int
    folder: Path

    @property
    def certificate(self) -> Path:
        """What a client must trust."""
        return self.folder / "certificate.pem"

    def letters(self) -> list[EmailMessage]:
        """Return what it was handed, oldest first."""
        return [
            email.message_from_bytes(one.read_bytes(), policy=email.policy.default)
            for one in sorted(self.folder.glob("*.eml"))
        ]


@contextmanager
def mail_server(tls: str = "none", port: int = 0) -> Iterator[MailServerRun]:
    """Run a server; with TLS (``starttls``, ``implicit``) it asks who sends."""
    port = port or free_port()
    with own_folder() as folder:
        if tls != "none":
            _certify(folder)
        command = [sys.executable, str(PROGRAM), str(port), str(folder), tls]
        with running(command, folder=folder, ready=lambda: listens(port)):
            yield MailServerRun(port, folder)


def _certify(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    plain, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, plain, none))
