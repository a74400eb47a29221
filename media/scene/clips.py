"""The four clips as files: made once, kept by a stamp, interruptible at any moment.

Somebody waits for them at a first start, so each processor core draws a clip of its own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from media.process import die_with_parent
from media.scene.acting import FRAME_RATE, FRAMES
from media.scene.film import Film
from media.scene.room_sound import SAMPLES, Stereo, hear
from media.scene.script import LOOP_S, Voice
from media.scene.sets import VIEWS
from media.scene.voice import RATE, TIMBRES, Speech, speak

VERSION = 2  # grows with every change that can be seen or heard
SIZE = (640, 360)
HELD = 2
"""Pictures for which a drawing stands. Animated "on twos", as drawn films are: twelve drawings a
second move as one expects of drawings, and the first demonstration is on the air sooner."""
_STAMP = "scene.json"
_AAC = 1024
_AAC_OPTIONS = {"aac_coder": "fast"}  # a third of the time; speech at 96 kbit/s has bits enough
_BITS_PER_PIXEL = 0.087  # 500 kbit/s at 640x360 and 25 pictures a second
_BT709, _LIMITED = 1, 1  # ITU-T H.273


def clips(directory: Path) -> dict[str, Path]:
    """Return where each camera's clip lies (or will lie) in a directory."""
    return {view: directory / f"{view}.mp4" for view in VIEWS}


def make(
    directory: Path,
    size: tuple[int, int] | None = None,
    made: Callable[[str], None] = lambda _view: None,
    seconds: float = LOOP_S,
) -> dict[str, Path]:
    """Make the clips that are missing or of another version; return all four.

    Each is written beside its place and renamed when it is whole, so an interrupted run leaves
    finished clips and the next run makes only the others. Without a ``size`` they have that of
    those which are there, else ``SIZE``. ``made`` is told each camera whose clip has become
    whole. Fewer ``seconds`` than the loop's give its beginning only. Raises ``ValueError`` for a
    size that is not 16:9 with even sides.
    """
    stamp = directory / _STAMP
    size = size or _size_of(stamp)
    width, height = size
    if width * 9 != height * 16 or width % 2 or height % 2 or not 256 <= width <= 3840:  # noqa: PLR2004
        raise ValueError(f"{width}x{height}: the scene is 16:9 with even sides, 256 to 3840 wide")
    directory.mkdir(parents=True, exist_ok=True)
    wanted = clips(directory)
    frames = min(FRAMES, round(seconds * FRAME_RATE))
    form = {"version": VERSION, "size": [width, height], "frames": frames}
    done = _finished(stamp, form)
    missing = [view for view, path in wanted.items() if view not in done or not path.exists()]
    if missing:
        for view in _drawn(wanted, missing, size, frames):
            done = [*done, view]
            _put(stamp, json.dumps({**form, "clips": done}))
            made(view)
    return wanted


def _drawn(
    wanted: dict[str, Path], views: Sequence[str], size: tuple[int, int], frames: int
) -> Iterator[str]:
    """Draw clips side by side; yield each camera when its clip is whole."""
    with _workers(min(len(views), os.cpu_count() or 1)) as workers:
        speeches = dict(zip(TIMBRES, workers.map(speak, TIMBRES), strict=True))
        sounds = hear(speeches)
        drawing = {
            workers.submit(_draw, wanted[view], view, size, speeches, sounds[view], frames): view
            for view in views
        }
        for one in as_completed(drawing):
            one.result()
            yield drawing[one]


@contextmanager
def _workers(count: int) -> Iterator[ProcessPoolExecutor]:
    """Give processes that end with this one, and at once when the block is left early."""
    # Not forked: the array library has threads.
    pool = ProcessPoolExecutor(count, get_context("spawn"), initializer=die_with_parent)
    try:
        yield pool
    except BaseException:
        for process in list(pool._processes.values()):  # noqa: SLF001  (public only from 3.14 on)
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _draw(
    path: Path,
    view: str,
    size: tuple[int, int],
    speeches: dict[Voice, Speech],
    sound: Stereo,
    frames: int,
) -> None:
    _write(path, Film(view, size, speeches), sound, frames)


def _told(stamp: Path) -> dict[str, object]:
    """Return what an earlier run has noted of its clips; empty if there was none."""
    try:
        told = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _size_of(stamp: Path) -> tuple[int, int]:
    match _told(stamp).get("size"):
        case [int(width), int(height)]:
            return width, height
        case _:
            return SIZE


def _finished(stamp: Path, form: dict[str, object]) -> list[str]:
    """Return the clips that an earlier run has finished in this form."""
    told = _told(stamp)
    if any(told.get(name) != form[name] for name in form):
        return []
    made = told.get("clips")
    return [view for view in VIEWS if isinstance(made, list) and view in made]


def _put(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _write(path: Path, film: Film, sound: Stereo, frames: int) -> None:
    beside = path.with_name(f".{path.name}.part")
    try:
        with av.open(beside, "w", format="mp4") as output:
            video, audio = _open_video(output, film.size), _open_audio(output)
            said = 0
            for number, picture in enumerate(_pictures(film, frames), start=1):
                output.mux(video.encode(picture))
                said = _say(output, audio, sound, said, number * RATE // FRAME_RATE)
            output.mux(video.encode(None))
            output.mux(audio.encode(None))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _pictures(film: Film, frames: int) -> Iterator[av.VideoFrame]:
    """Yield the film's pictures in the colours of video, with their times."""
    scaler = VideoReformatter()  # a frame's own would build its tables anew each time
    for number in range(0, frames, HELD):
        drawn = np.asarray(film.picture(number))
        picture = scaler.reformat(
            av.VideoFrame.from_ndarray(drawn, format="rgb24"),
            format="yuv420p",
            dst_colorspace=_BT709,
            dst_color_range=_LIMITED,
        )
        picture.time_base = Fraction(1, FRAME_RATE)
        for pts in range(number, min(number + HELD, frames)):
            picture.pts = pts
            yield picture


def _open_video(output: av.container.OutputContainer, size: tuple[int, int]) -> VideoStream:
    rate = round(size[0] * size[1] * FRAME_RATE * _BITS_PER_PIXEL)
    stream = output.add_stream(
        "libx264",
        rate=FRAME_RATE,
        options={
            "preset": "superfast",
            "profile": "baseline",  # x264's baseline is the constrained one
            "maxrate": str(rate),
            "bufsize": str(rate),
            "x264-params": f"keyint={FRAME_RATE}:min-keyint={FRAME_RATE}:scenecut=0:bframes=0",
        },
    )
    codec = stream.codec_context
    codec.width, codec.height = size
    codec.pix_fmt = "yuv420p"
    codec.bit_rate = rate
    codec.thread_count = 1
    codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
    codec.color_range = _LIMITED
    return stream


def _open_audio(output: av.container.OutputContainer) -> AudioStream:
    stream = output.add_stream("aac", rate=RATE, layout="stereo", options=_AAC_OPTIONS)
    stream.codec_context.bit_rate = 96_000
    return stream


def _say(
    output: av.container.OutputContainer,
    audio: AudioStream,
    sound: Stereo,
    said: int,
    until: int,
) -> int:
    """Encode whole AAC frames up to a sample; return how many samples have been encoded."""
    while said + _AAC <= min(until, SAMPLES):
        piece = np.ascontiguousarray(sound[:, said : said + _AAC])
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
        frame.sample_rate = RATE
        frame.pts, frame.time_base = said, Fraction(1, RATE)
        output.mux(audio.encode(frame))
        said += _AAC
    return said
