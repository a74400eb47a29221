"""An RTSP camera that answers as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

SDP = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:t1\r\n"
OK = "RTSP/1.0 200 OK\r\nCSeq: {n}\r\n"
PACKET = b"\x80\xe0\0\1\0\0\0\0\0\0\0\1\x65\x88picture"


class Scripted:
    """A camera that answers as it is told: a text for each method, or the usual."""

    def __init__(self, **answers: str | list[str]) -> None:
        self._answers = {
            method: [told] if isinstance(told, str) else list(told)
            for method, told in answers.items()
        }
        self.asked: list[str] = []
        self.port = 0
        self._said: asyncio.Queue[bytes] = asyncio.Queue()

    def say(self, data: bytes) -> None:
        """Send something of its own accord."""
        self._said.put_nowait(data)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking = asyncio.create_task(self._talk(writer))
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while True:
                    # in front of a request may lie the receiver's own packets
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                    found = re.findall(r"([A-Z_]+) \S+ RTSP/1.0", head)
                    if not found:
                        continue  # the answer to what this camera asked
                    method = found[-1]
                    self.asked.append(method)
                    number = head.split("CSeq: ")[1].split("\r\n")[0]
                    usual = self._usual(method)
                    told = self._answers.get(method) or [usual]
                    writer.write(told[0].format(n=number).encode())
                    del told[: len(told) > 1]
        finally:
            talking.cancel()
            writer.close()

    def _usual(self, method: str) -> str:
        if method == "DESCRIBE":
            return f"{OK}Content-Length: {len(SDP)}\r\n\r\n{SDP}"
        if method == "SETUP":
            transport = "Transport: RTP/AVP/TCP;interleaved=0-1\r\n"
            return f"{OK}Session: 7;timeout=2\r\n{transport}\r\n"
        return f"{OK}\r\n"

    async def _talk(self, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(await self._said.get())


@contextlib.asynccontextmanager
async def scripted(**answers: str | list[str]) -> AsyncIterator[Scripted]:
    camera = Scripted(**answers)
    server = await asyncio.start_server(camera.serve, "127.0.0.1", 0)
    camera.port = server.sockets[0].getsockname()[1]
    try:
        yield camera
    finally:
        server.close()
