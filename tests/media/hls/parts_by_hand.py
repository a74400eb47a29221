"""Parts without media, for tests of lists and rules: timescale 1000, parts of 320 ms."""

from collections.abc import Iterable

from media.hls.origin import Origin
from media.messages import Init, Part, Rendition, SegmentListed, StreamInfo

START_US = 1_764_000_000_000_000  # 2025-11-24T16:00:00Z
PARTS = 6
NAMES = ("v360", "audio")


def part(
    number: int,
    *,
    rendition: str = "v360",
    last: bool | None = None,
    discontinuity: bool = False,
    gap: bool = False,
    init: int = 1,
    epoch: int = 0,
    payload: bytes | None = None,
) -> Part:
    """The part of this number of a stream without early ends."""
    msn, index = divmod(number, PARTS)
    return Part(
        rendition=rendition,
        msn=msn,
        part=index,
        court_us=START_US + number * 320_000,
        media_time=number * 320,
        duration=320,
        independent=index == 0,
        last=index == PARTS - 1 if last is None else last,
        discontinuity=discontinuity,
        gap=gap,
        init_version=init,
        epoch=epoch,
        payload=b"" if gap else f"<{rendition} {number}>".encode() if payload is None else payload,
    )


def listed(msn: int, *, rendition: str = "v360", sequence: int = 0) -> SegmentListed:
    """The segment of this number, as a snapshot names it."""
    return SegmentListed(
        rendition=rendition,
        msn=msn,
        court_us=START_US + msn * 1_920_000,
        media_time=msn * 1920,
        duration=1920,
        discontinuity=False,
        gap=False,
        init_version=1,
        parts=tuple(
            (320, index == 0, len(part(msn * PARTS + index, rendition=rendition).payload))
            for index in range(PARTS)
        ),
        discontinuity_sequence=sequence,
    )


def described(name: str) -> Rendition:
    """A rendition of this name."""
    if name.startswith("v"):
        height = int(name[1:])
        return Rendition(
            name, "video", "avc1.64001f", 1000, height * 3000, height * 2500,
            width=height * 16 // 9, height=height, frame_rate=25.0,
        )  # fmt: skip
    return Rendition(name, "audio", "mp4a.40.2", 1000, 100_000, 96_000, channels=2)


def info(*names: str, broadcast: str = "hearing") -> StreamInfo:
    """A stream of these renditions."""
    return StreamInfo(broadcast, tuple(described(name) for name in names), 320, PARTS, 2, 0)


def publish(origin: Origin, numbers: Iterable[int], names: Iterable[str] = NAMES) -> None:
    """Let an origin take parts."""
    for number in numbers:
        for name in names:
            origin.apply(part(number, rendition=name))


def begin(origin: Origin, parts: int) -> Origin:
    """Let an origin take a stream from its beginning."""
    origin.apply(info(*NAMES))
    for name in NAMES:
        origin.apply(Init(name, 1, f"<init {name}>".encode()))
    publish(origin, range(parts))
    return origin
