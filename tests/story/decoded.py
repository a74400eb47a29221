"""A public stream as the public gets it, decoded: every picture's clock, every moment's sound."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

import av
import httpx
import numpy as np
from numpy.typing import NDArray

from tests.story import clock_strip

_SLATE = "#EXT-X-DATERANGE:"
_ATTRIBUTE = re.compile(r'([A-Z-]+)=("[^"]*"|[^,]*)')
SILENT_RMS = 0.001
"""−60 dBFS; the camera's tone is at −23."""


@dataclass(frozen=True)
class Segment:
    """A segment as its playlist lists it."""

    init: str
    url: str
    court_ms: float


@dataclass(frozen=True)
class Picture:
    """One picture: place in the stream (seconds), court time by the playlist, number in it."""

    at: float
    court_ms: float
    number: int | None


@dataclass(frozen=True)
class Sound:
    """The level of one frame of sound (21 ms), as a share of full scale."""

    at: float
    rms: float


def variants(master: str, base: str) -> dict[str, str]:
    """Return the media playlists of a multivariant playlist by rendition."""
    found = re.findall(r'URI="([^"]+\.m3u8)"', master)
    found += [line for line in master.splitlines() if line and not line.startswith("#")]
    return {uri.rsplit("/", 1)[-1].removesuffix(".m3u8"): urljoin(base, uri) for uri in found}


def segments(playlist: str, base: str) -> Iterator[Segment]:
    """Return the whole segments that a media playlist lists."""
    init = ""
    court_ms = length_ms = 0.0
    for line in playlist.splitlines():
        name, _, value = line.partition(":")
        if name == "#EXT-X-MAP":
            init = urljoin(base, value.split('"')[1])
        elif name == "#EXT-X-PROGRAM-DATE-TIME":
            court_ms = datetime.fromisoformat(value).timestamp() * 1000
        elif name == "#EXTINF":
            length_ms = float(value.split(",")[0]) * 1000
        elif line and not line.startswith("#"):
            yield Segment(init, urljoin(base, line), court_ms)
            court_ms += length_ms


async def slates(client: httpx.AsyncClient, master: str) -> list[tuple[str, float, float]]:
    """Return kind, begin and end (court ms) of the slates that all playlists name."""
    answer = (await client.get(master)).raise_for_status()
    found: set[tuple[str, ...]] = set()
    for url in variants(answer.text, str(answer.url)).values():
        text = (await client.get(url)).raise_for_status().text
        found.add(tuple(line for line in text.splitlines() if line.startswith(_SLATE)))
    (tags,) = found  # the same in each
    told = []
    for tag in tags:
        said = {name: value.strip('"') for name, value in _ATTRIBUTE.findall(tag)}
        start_ms = datetime.fromisoformat(said["START-DATE"]).timestamp() * 1000
        end_ms = start_ms + float(said["DURATION"]) * 1000
        told.append((said["X-ORG-TINGBO-REASON"], start_ms, end_ms))
    return told


async def listed(client: httpx.AsyncClient, master: str) -> dict[str, list[Segment]]:
    """Return what the playlists list now, by rendition."""
    answer = (await client.get(master)).raise_for_status()
    playlists = variants(answer.text, str(answer.url))
    found = {}
    for rendition, url in playlists.items():
        text = (await client.get(url)).raise_for_status().text
        found[rendition] = list(segments(text, url))
    return found


async def pictures(client: httpx.AsyncClient, its: Iterable[Segment]) -> list[Picture]:
    """Decode the pictures of these segments."""
    found: list[Picture] = []
    for segment, data in [(one, await _bytes(client, one)) for one in its]:
        found += await asyncio.to_thread(_pictures, segment.court_ms, data)
    return found


async def sounds(client: httpx.AsyncClient, its: Iterable[Segment]) -> list[Sound]:
    """Decode the sound of these segments, which follow each other and share an init section."""
    each = list(its)
    whole = [await _get(client, each[0].init), *[await _get(client, one.url) for one in each]]
    return await asyncio.to_thread(_sounds, b"".join(whole))


async def _bytes(client: httpx.AsyncClient, segment: Segment) -> bytes:
    return await _get(client, segment.init) + await _get(client, segment.url)


async def _get(client: httpx.AsyncClient, url: str) -> bytes:
    return (await client.get(url)).raise_for_status().content


def _pictures(court_ms: float, data: bytes) -> list[Picture]:
    found: list[Picture] = []
    with av.open(io.BytesIO(data), "r") as container:
        for frame in container.decode(video=0):
            at = float(frame.time or 0.0)
            since_ms = (at - found[0].at) * 1000 if found else 0.0
            found.append(Picture(at, court_ms + since_ms, clock_strip.read(_luma(frame))))
    return found


def _luma(frame: av.VideoFrame) -> NDArray[np.uint8]:
    plane = frame.planes[0]
    rows = np.frombuffer(bytes(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width]


def _sounds(data: bytes) -> list[Sound]:
    found: list[Sound] = []
    with av.open(io.BytesIO(data), "r") as container:
        for frame in container.decode(audio=0):
            samples = frame.to_ndarray()
            rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
            found.append(Sound(float(frame.time or 0.0), rms))
    return found
