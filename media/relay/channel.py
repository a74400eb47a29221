"""A viewer's data channel: SCTP by aiortc over our DTLS (RFC 8831, RFC 8832).

The viewer opens a channel that is called ``report``; what is posted goes out on it. Others are
left unread. What a viewer sends is not wanted: beyond a little of it, its channel is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, cast

from aiortc import RTCDataChannel, RTCSctpTransport
from aiortc.rtcdtlstransport import DataReceiver, RTCDtlsTransport
from aiortc.rtcsctptransport import RTCSctpCapabilities

LABEL = "report"
MOST_HELD_BYTES = 64 * 1024
"""What a viewer has not taken; beyond it posts are dropped for this viewer."""
MOST_CHANNELS = 4
MOST_WAITING = 64
MOST_MESSAGES_A_SECOND = 200
_SCTP_PORT = 5000
_log = logging.getLogger(__name__)


class _Carrier:
    """As much of aiortc's DTLS transport as its SCTP wants to know."""

    state = "connected"
    _role = "server"

    def __init__(self, send: Callable[[bytes], bool]) -> None:
        self._send = send

    def _register_data_receiver(self, receiver: DataReceiver) -> None:
        """We know it already."""

    def _unregister_data_receiver(self, receiver: DataReceiver) -> None:
        """We let go of it ourselves."""

    async def _send_data(self, data: bytes) -> None:
        self._send(data)


class Channel:
    """One viewer's SCTP association. ``dropped`` counts posts that the viewer was too slow for."""

    def __init__(self, send: Callable[[bytes], bool], port: int, max_message: int) -> None:
        self.dropped = 0
        self.is_over = False
        self._port, self._max_message = port, max_message
        carrier = cast(RTCDtlsTransport, _Carrier(send))
        self._sctp = RTCSctpTransport(carrier, _SCTP_PORT)
        self._sctp.on("datachannel", self._on_channel)
        self._channels: list[RTCDataChannel] = []
        self._report: RTCDataChannel | None = None
        self._arrived: asyncio.Queue[bytes] = asyncio.Queue(MOST_WAITING)
        self._second, self._messages = 0, 0
        self._running = asyncio.create_task(self._run(), name="data-channel")

    @property
    def is_open(self) -> bool:
        """Whether posts can be sent."""
        return self._report is not None and self._report.readyState == "open"

    def post(self, text: bytes) -> bool:
        """Send a post; False when there is no channel yet or the viewer is behind."""
        report = self._report
        if self.is_over or report is None or report.readyState != "open":
            return False
        if report.bufferedAmount > MOST_HELD_BYTES or len(text) > (self._max_message or len(text)):
            self.dropped += 1
            return False
        report.send(text.decode())
        return True

    def take(self, message: bytes) -> None:
        """Take a packet of SCTP from the viewer."""
        now = int(asyncio.get_running_loop().time())
        if now != self._second:
            self._second, self._messages = now, 0
        self._messages += 1
        if self._messages > MOST_MESSAGES_A_SECOND:
            self.close()
        if not self.is_over:
            with contextlib.suppress(asyncio.QueueFull):  # SCTP sends again what gets lost
                self._arrived.put_nowait(message)

    def close(self) -> None:
        """End the association without a word; the connection goes on or ends with it."""
        self.is_over = True
        self._running.cancel()

    async def _run(self) -> None:
        try:
            await self._sctp.start(RTCSctpCapabilities(self._max_message), self._port)
            while True:
                await self._sctp._handle_data(await self._arrived.get())  # noqa: SLF001 - as its transport does
        except asyncio.CancelledError:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever a viewer's bytes did to the parser
            _log.info("a viewer's data channel broke: %s", type(problem).__name__)
        finally:
            self.is_over = True
            await self._stop()

    async def _stop(self) -> None:
        self._sctp.remove_all_listeners()
        with contextlib.suppress(Exception):
            await self._sctp.stop()

    def _on_channel(self, channel: Any) -> None:  # noqa: ANN401 - pyee calls with whatever
        self._channels.append(channel)
        if len(self._channels) > MOST_CHANNELS:
            self.close()
        elif channel.label == LABEL and self._report is None:
            self._report = channel
