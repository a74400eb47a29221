"""How large a broadcast's picture is, and what a worker goes on with after another."""

import dataclasses
from pathlib import Path

import pytest

from media.assignment import Camera, Layout, ProgramText, WorkerAssignment
from media.program.canvas import Canvas
from media.program.overlay import Overlay
from media.recording.index import PublicRecording
from media.spool.record import StreamDescription
from media.timeline import Piece
from media.worker.memory import Memory
from media.worker.opening import canvas_size, published
from tests.media.hls.parts_by_hand import part

ASSIGNMENT = WorkerAssignment(
    broadcast="b",
    courtroom="c",
    spool="",
    directory="",
    socket="",
    cameras=(Camera("one", "one", ""),),
    layout="single",
    delay_ms=0,
    text=ProgramText("法院", "(2026)1号", "Asia/Shanghai", {}),
    cores=1.0,
)


@pytest.mark.parametrize(
    ("layout", "cores", "source", "expected"),
    [
        ("single", 1.0, (640, 360), (640, 360)),
        ("single", 1.0, (3840, 2160), (1920, 1080)),
        ("single", 1.0, (1080, 1920), (608, 1080)),
        ("single", 1.0, (160, 96), (240, 144)),
        ("quad", 1.0, (1920, 1080), (1280, 720)),
        ("quad", 2.0, (1920, 1080), (1920, 1080)),
    ],
)
def test_the_picture_is_as_large_as_its_camera_within_what_can_be_drawn(
    layout: Layout, cores: float, source: tuple[int, int], expected: tuple[int, int]
) -> None:
    assignment = dataclasses.replace(ASSIGNMENT, layout=layout, cores=cores)
    size = canvas_size(assignment, [StreamDescription("video", "h264", b"", *source, 0, 0)])
    assert size == expected
    overlay = Overlay(size, court="法院", case_number="(2026)1号", time_zone="Asia/Shanghai")
    overlay.draw(Canvas(size), 1_795_399_353_400_000)


def test_a_worker_goes_on_in_an_epoch_of_its_own(tmp_path: Path) -> None:
    """So that a cut of what the one before made is never taken for a cut of what comes."""
    memory = Memory("", (Piece(0, 0, 0),), 25, (640, 360), (), {})
    with PublicRecording(tmp_path) as recording:
        assert published(memory, recording).epoch == 0
        for number, epoch in enumerate((1, 7, 7)):
            recording.write(part(number, epoch=epoch))
            recording.write(part(number, rendition="audio", epoch=1))
        found = published(memory, recording)
        assert found.epoch == 8
        assert found.positions["v360"].part == 3
