"""Who holds a viewer's connection, as the connection knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from media.relay.connection import Connection


class Owner(Protocol):
    """Who holds a connection and gets its news."""

    def on_connected(self, connection: Connection) -> None:
        """Keys are agreed on and there is a way out."""

    def on_late_keys(self, now: float) -> None:
        """The viewer says its end of the handshake again: so far it could decrypt nothing."""

    def on_moved(self, connection: Connection) -> None:
        """``socket`` and ``address`` are others now."""

    def on_heard(self, now: float) -> None:
        """The viewer made a signed check: it is there."""

    def on_rtcp(self, plain: bytes, now: float) -> None:
        """Take a decrypted compound packet."""

    def on_message(self, message: bytes) -> None:
        """Take what came by DTLS beside the keys: SCTP."""

    def on_over(self, reason: str) -> None:
        """The connection has ended."""
