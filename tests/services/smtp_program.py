"""A mail server (aiosmtpd) as a program: it keeps what it is handed."""

from __future__ import annotations

import argparse
import asyncio
import signal
import ssl
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = b"tingbo", b"word of the mail"
NOBODY, BUSY = "nobody@court.example", "busy@court.example"


class Keeping:
    """Writes each letter into a folder, with those to whom it goes at its head."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    async def handle_RCPT(  # noqa: N802
        self, _s: SMTP, _i: Session, envelope: Envelope, address: str, _o: list[str]
    ) -> str:
        """Know nobody of one name, and be busy for another."""
        if address == NOBODY:
            return "550 no such mailbox"
        if address == BUSY:
            return "450 come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _s: SMTP, _i: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a letter."""
        content = envelope.content
        assert isinstance(content, bytes)
        self.count += 1
        heads = "".join(f"X-Rcpt: {one}\r\n" for one in envelope.rcpt_tos).encode()
        draft = self.folder / "draft"
        draft.write_bytes(heads + content)
        draft.rename(self.folder / f"{self.count:03}.eml")
        return "250 OK"


def knows(_s: SMTP, _i: Session, _e: Envelope, _m: str, given: object) -> AuthResult:
    """Let one user in."""
    return AuthResult(success=given == LoginPassword(USER, PASSWORD), handled=False)


async def serve(port: int, folder: Path, tls: str) -> None:
    """Serve until the process is ended."""
    context = None
    if tls != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    keeping = Keeping(folder)

    def protocol() -> SMTP:
        return SMTP(
            keeping,
            tls_context=context if tls == "starttls" else None,
            require_starttls=tls == "starttls",
            auth_required=tls != "none",
            auth_require_tls=tls == "starttls",
            authenticator=knows,
            hostname="mail.court.example",
        )

    loop, over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    its = context if tls == "implicit" else None
    server = await loop.create_server(protocol, "127.0.0.1", port, ssl=its)
    await over.wait()
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("tls")
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.folder, given.tls))
