"""What it costs to send: ``taskset -c 0 python -m tests.bench.fanout``.

A stream of 720p25 at 2 Mbit/s with Opus, made up but of real sizes, goes to so many viewers by each
way of the fan-out; told is the processor time per packet, of pictures and of sounds alone, and per
viewer and second, with sounds beside pictures. ``--libsrtp`` leaves AES-GCM to libsrtp. Sockets are
real and nobody reads them, so that a receiver's costs are in it as far as the kernel's delivery
into the socket. The last line is of what is not media: the processor time of a sender report, of a
viewer's report with its estimate, and of a request for three packets, in microseconds.
"""

from __future__ import annotations

import argparse
import json
import resource
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Sequence

from media.feeds.packetise import h264_payloads
from media.feeds.rtcp import ReportBlock, lost_packets, receiver_report, room_for
from media.relay.fanout import Fanout, Load, can_segment
from media.relay.native import CannotLoad, fanout
from media.relay.pacing import slices
from media.relay.packed import MAX_PAYLOAD, Packed
from media.relay.seat import Seat
from media.relay.target import Crowd, Target
from tests.media.relay.receiver import Receiver, sound, video
from tests.media.relay.show import Show

FRAME_RATE, GROUP, SECONDS_OF_STREAM = 25, 50, 2
CONTROLS = 5_000
RECEIVE_BYTES = 64 * 1024  # soon full: else the machine's memory is what is measured
KEY_BYTES, OTHER_BYTES, OPUS_BYTES = 60_000, 9_000, 160


def stream() -> list[Packed]:
    """Return the frames of a group of pictures and its sound, in the order of sending."""
    frames: list[Packed] = []
    number = 0
    for at in range(GROUP):
        unit = b"\x65" if at == 0 else b"\x41"
        body = secrets.token_bytes(KEY_BYTES if at == 0 else OTHER_BYTES).replace(b"\0", b"\1")
        payloads = h264_payloads(b"\0\0\0\1" + unit + body, MAX_PAYLOAD)
        frames.append(
            Packed.of(
                payloads, first=number, timestamp=at * 3600, court_us=0, keyframe=at == 0,
                is_video=True,
            )
        )  # fmt: skip
        number = frames[-1].end
    return frames


def opus() -> list[Packed]:
    """Return as much sound, two packets a tick, whose sizes differ a little."""
    return [
        Packed.of_sounds(
            [secrets.token_bytes(OPUS_BYTES + secrets.randbelow(24)) for _ in range(2)],
            first=2 * at, timestamp=at * 1_920, step=960, court_us=0,
        )
        for at in range(FRAME_RATE * SECONDS_OF_STREAM)
    ]  # fmt: skip


def processor() -> float:
    """Return the processor seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def send_all(way: Fanout, pieces: Sequence[tuple[Packed, Crowd]]) -> int:
    """Send pictures in slices, each with the sounds that follow it; return packets of a viewer."""
    packets, waiting = 0, list(pieces)
    while waiting:
        frame, crowd = waiting.pop(0)
        beside = []
        while frame.is_video and waiting and not waiting[0][0].is_video:
            heard, listeners = waiting.pop(0)
            beside.append(Load(heard, (0, heard.count), heard.timestamp, listeners))
            packets += heard.count
        for places in slices(frame.count):
            way.send(Load(frame, places, frame.timestamp, crowd), *beside)
            beside = []
        packets += frame.count
    return packets


def measured(work: Callable[[], int], seconds: float) -> Iterator[tuple[int, float]]:
    """Yield packets and processor seconds of each round of work, for so long."""
    until = time.monotonic() + seconds
    work()
    while time.monotonic() < until:
        before = processor()
        packets = work()
        yield packets, processor() - before


def ways() -> Iterator[Fanout]:
    """Yield each way there is here."""
    for name in ("native", "python"):
        for segments in (True, False) if can_segment() else (False,):
            try:
                yield fanout(name, segments=segments)
            except CannotLoad:
                print(f"{name}: not built")  # noqa: T201
                break


def main() -> None:
    """Measure each way with each number of viewers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, nargs="+", default=[50, 200])
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--profile", default="gcm128")
    parser.add_argument("--libsrtp", action="store_true")
    wanted = parser.parse_args()
    for count in wanted.viewers:
        for way in ways():
            if wanted.libsrtp:
                way.gcm = None
            print(json.dumps(_tell(way, count, wanted)), flush=True)  # noqa: T201
    print(json.dumps(control()), flush=True)  # noqa: T201


def _tell(way: Fanout, count: int, wanted: argparse.Namespace) -> dict[str, object]:
    """Return what a way costs with so many viewers."""
    viewers = [Receiver(wanted.profile, gcm=way.gcm) for _ in range(count)]
    for viewer in viewers:
        viewer.own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    pictures = Crowd(*(Target(viewer, video(), 0) for viewer in viewers))
    sounds = Crowd(*(Target(viewer, sound(), 0) for viewer in viewers))
    seen = [(frame, pictures) for frame in stream()]
    heard = [(frame, sounds) for frame in opus()]
    both = [piece for pair in zip(seen, heard, strict=True) for piece in pair]
    results = [_measure(way, pieces, count, wanted.seconds) for pieces in (seen, heard, both)]
    for viewer in viewers:
        viewer.close()
    return {
        "viewers": count,
        "way": way.name + ("+segments" if way.segments else "") + ("+gcm" if way.gcm else ""),
        "us_per_packet": round(results[0][0], 2),
        "us_per_sound_packet": round(results[1][0], 2),
        "ms_per_viewer_second": round(results[2][1], 3),
    }


def control() -> dict[str, float]:
    """Return what reports and requests cost, in µs each."""
    show, viewer = Show(), Receiver()
    show.play(60)
    seat = Seat(show, viewer, [video(), sound()], show.now)
    for lane in seat.lanes:
        lane.begin(show.rungs[0] if lane.media.kind == "video" else show.sound, show.now)
    show.play(60)
    numbers = [one.number for one in viewer.heard() if one.ssrc == video().ssrc]
    block = ReportBlock(video().ssrc, 3, 5, 7, 9, 0, 0)
    report = receiver_report(9, block, "browser") + room_for(9, [video().ssrc], 2_000_000)

    def ask(at: int) -> None:
        asked = numbers[-90 + at % 80 :][:3]
        seat.on_rtcp(lost_packets(9, video().ssrc, asked), show.now + at * 0.2)

    works: dict[str, Callable[[int], object]] = {
        "us_sender_report": lambda at: seat.report(show.now + at),
        "us_receiver_report": lambda at: seat.on_rtcp(report, show.now + at),
        "us_request_for_three": ask,
    }
    told = {}
    for name, work in works.items():
        before = processor()
        for at in range(CONTROLS):
            work(at)
        told[name] = round((processor() - before) / CONTROLS * 1e6, 1)
    viewer.close()
    return told


def _measure(
    way: Fanout, pieces: Sequence[tuple[Packed, Crowd]], viewers: int, seconds: float
) -> tuple[float, float]:
    """Return µs per packet and ms per viewer and second of stream, the median of rounds."""
    rounds = sorted(
        used / packets for packets, used in measured(lambda: send_all(way, pieces), seconds)
    )
    used = rounds[len(rounds) // 2] / viewers
    packets = sum(frame.count for frame, _ in pieces) / SECONDS_OF_STREAM
    return used * 1e6, used * packets * 1e3


if __name__ == "__main__":
    main()
