"""The monitor as a process: undelayed pictures and levels."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from media.assignment import Camera, MonitorAssignment, RecorderAssignment
from media.messages import Message
from media.monitor import Follower
from media.spool.head import NAME, Head
from media.spool.log import SpoolWriter
from media.spool.record import Interruption, Packet
from media.staff_messages import Alarms, CameraMeter, CameraPicture
from tests.media.processes import heard, started

pytestmark = pytest.mark.media


def half_made(spool: Path) -> None:
    """Leave what a recorder does that dies before it has started the court clock."""
    Head.create(spool).close()
    whole = (spool / NAME).read_bytes()
    (spool / NAME).write_bytes(whole[:8] + bytes(len(whole) - 8))


async def test_staff_see_and_hear_the_room_at_once(tmp_path: Path) -> None:
    half_made(tmp_path / "spool")
    cameras = (Camera("judge", "", "testcard:?size=960x540"),)
    spool = str(tmp_path / "spool")
    monitor = MonitorAssignment("1", cameras, spool, str(tmp_path / "m"))
    recorder = RecorderAssignment("1", cameras, spool, str(tmp_path / "r"), 0)
    async with (
        started("media.monitor", monitor, tmp_path) as watching,
        heard(monitor.socket) as stream,
        started("media.recorder", recorder, tmp_path),
    ):
        picture = await stream.first(lambda told: isinstance(told, CameraPicture))
        assert isinstance(picture, CameraPicture)
        image = Image.open(io.BytesIO(picture.payload))
        assert (image.format, image.size) == ("JPEG", (480, 270))
        with Head.open(tmp_path / "spool") as head:

            def is_undelayed(told: Message) -> bool:
                """Once: a machine with other things to do is late now and then."""
                return isinstance(told, CameraPicture) and (
                    0 <= head.now_us() - told.court_us < 1_500_000
                )

            await stream.first(is_undelayed)
        peaks: list[float] = []
        while not any(peak > -60 for peak in peaks) or not any(peak < -60 for peak in peaks[-9:]):
            meter = await stream.first(lambda told: isinstance(told, CameraMeter))
            assert isinstance(meter, CameraMeter)
            peaks.append(meter.peak_dbfs)
        assert -21 <= max(peaks) <= -19  # the test card's beep
        await stream.first(
            lambda told: isinstance(told, Alarms) and (told.camera, told.alarms) == ("judge", ())
        )
        assert await watching.stop() == 0


def test_what_a_recess_leaves_out_is_not_told_as_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1_790_000_000_000_000]
    monkeypatch.setattr(Head, "now_us", lambda _: clock[0])
    told: list[object] = []
    with Head.create(tmp_path) as head:
        log = SpoolWriter(tmp_path, "judge", head)
        follower = Follower(tmp_path, Camera("judge", "", "testcard:"), head, told.append)
        follower.begin()
        log.append(Interruption("video", clock[0], "recess"))
        for wanted in (False, True):
            follower.step()
            for _ in range(2):
                follower.report()
                clock[0] += 10_000_000
            alarms = told[-1]
            assert isinstance(alarms, Alarms)
            assert [one.code for one in alarms.alarms] == ["lost"] * wanted
            # The recess is over; one picture comes, and then the camera is lost.
            log.append(Packet("video", clock[0], clock[0], clock[0], 40_000, True, b"x"))
        follower.close()
        log.close()
