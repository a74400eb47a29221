"""How fast this machine decodes, encodes and copies: measured once, kept beside the broadcasts.

A second of work on a made-up room with a little motion and a little sensor noise. Processor time is
measured, not the clock's, so what else runs touches the figures by a tenth or two.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import platform
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.codec.context import Flags
from av.video.reformatter import VideoReformatter
from pydantic import TypeAdapter

from media.errors import EncoderFailed
from media.ladder.plan import PRESETS, REFERENCE, Costs, Preset, Rung
from media.ladder.video import VideoEncoder

NAME = "machine.json"
_VERSION = 2  # of this way of measuring
_SIZE = (640, 360)
_PICTURES = 12
_FIRST = 2  # a key frame and the first picture after it are not what goes on
# Standard deviation in steps of luma: what is encoded has lost some of what the cameras sent.
_NOISE, _CAMERA_NOISE = 1.5, 2.5
_COSTS: TypeAdapter[Costs] = TypeAdapter(Costs)
_log = logging.getLogger(__name__)

Picture = np.ndarray[Any, np.dtype[np.uint8]]


def costs_of_this_machine(directory: Path) -> Costs:
    """Return what was measured here before, or measure now (about a second) and keep it.

    Falls back on the reference where a codec is missing; a directory that cannot be written to is
    measured for each time.
    """
    path = directory / NAME
    machine = _machine()
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(path.read_bytes())
        if kept["machine"] == machine:
            return _COSTS.validate_python(kept["costs"])
    try:
        costs = measure()
    except (EncoderFailed, av.FFmpegError, ValueError) as problem:
        _log.warning("this machine could not be measured: %s", problem)
        return REFERENCE
    _log.info("this machine, in seconds for a million pixels: %s", costs)
    draft = path.with_suffix(".draft")
    with contextlib.suppress(OSError):
        draft.write_text(
            json.dumps({"machine": machine, "costs": dataclasses.asdict(costs)}), encoding="utf-8"
        )
        draft.replace(path)
    return costs


def _machine() -> list[str]:
    """Return what the figures depend on."""
    name = platform.machine()
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        name = next((one for one in lines if one.startswith("model name")), name)
    return [name, av.__version__, str(_VERSION)]


def measure() -> Costs:
    """Measure for half a second or so; raises ``EncoderFailed`` or ``av.FFmpegError``."""
    pictures = _pictures(_NOISE)
    pixels = _SIZE[0] * _SIZE[1] / 1e6
    encode = {preset: _encode(preset, pictures)[0] / pixels for preset in PRESETS}
    decode = _decode_s(*_encode("ultrafast", _pictures(_CAMERA_NOISE))[1:]) / pixels
    slower = decode / REFERENCE.decode["h264"]
    return Costs(
        encode=encode,
        decode={codec: cost * slower for codec, cost in REFERENCE.decode.items()},
        other_decode=REFERENCE.other_decode * slower,
        compose=_compose_s(pictures) / pixels,
        fixed=REFERENCE.fixed * encode["superfast"] / REFERENCE.encode["superfast"],
    )


def _encode(preset: Preset, pictures: Sequence[Picture]) -> tuple[float, bytes, list[bytes]]:
    """Return seconds for a picture, parameter sets and coded pictures."""
    rung = Rung("v360", *_SIZE, preset, 4_000_000, shared=False)
    encoder, timed = VideoEncoder(rung, 25), _Timed()
    coded = [
        timed.run(partial(encoder.encode, _frame(picture), at, keyframe=at == 0))
        for at, picture in enumerate(pictures)
    ]
    return timed.typical_s(), encoder.parameter_sets, coded


class _Timed:
    """Processor seconds of each call."""

    def __init__(self) -> None:
        self._took: list[float] = []

    def run(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401  (whatever the work returns)
        began = time.thread_time()
        result = work()
        self._took.append(time.thread_time() - began)
        return result

    def typical_s(self) -> float:
        """Return the median without the first calls."""
        return float(np.median(self._took[_FIRST:]))


def _pictures(noise: float) -> list[Picture]:
    """Return a room: shades, edges, somebody who moves, and noise of a standard deviation."""
    width, height = _SIZE
    random = np.random.default_rng(1)
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    room = 90 + 40 * np.sin(x / 37) * np.cos(y / 29) + 25 * ((x // 48 + y // 40) % 2)
    made = []
    for at in range(_PICTURES):
        luma = room + random.normal(0, noise, room.shape)
        left = 200 + 3 * at
        luma[120:300, left : left + 110] = 150 + 30 * np.sin((x + y)[120:300, :110] / 5)
        block = np.full((height * 3 // 2, width), 128, np.uint8)
        block[:height] = np.clip(luma, 16, 235)
        made.append(block)
    return made


def _frame(picture: Picture) -> av.VideoFrame:
    return av.VideoFrame.from_numpy_buffer(picture, format="yuv420p")


def _decode_s(extradata: bytes, coded: Sequence[bytes]) -> float:
    decoder = av.CodecContext.create("h264", "r")
    decoder.flags |= Flags.low_delay
    decoder.extradata, decoder.thread_count = extradata, 1
    timed = _Timed()
    for data in coded:
        timed.run(partial(decoder.decode, av.Packet(data)))
    return timed.typical_s()


def _compose_s(pictures: Sequence[Picture]) -> float:
    """Return what a copy into the canvas and one scaling take for a picture."""
    canvas, scaler, timed = np.empty_like(pictures[0]), VideoReformatter(), _Timed()

    def work(picture: Picture) -> None:
        np.copyto(canvas, picture)
        scaler.reformat(_frame(canvas), 426, 240, interpolation="BICUBLIN", threads=1)

    for picture in pictures:
        timed.run(partial(work, picture))
    return timed.typical_s()
