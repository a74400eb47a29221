"""The four clips as files: made once, kept by a stamp, interruptible between any two pictures."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from media.scene.acting import FRAME_RATE, FRAMES
from media.scene.film import Film
from media.scene.room_sound import SAMPLES, Stereo, hear
from media.scene.script import LOOP_S
from media.scene.sets import VIEWS
from media.scene.voice import RATE, TIMBRES, speak

VERSION = 1  # grows with every change that can be seen or heard
SIZE = (640, 360)
_STAMP = "scene.json"
_AAC = 1024
_AAC_OPTIONS = {"aac_coder": "fast"}  # a third of the time; speech at 96 kbit/s has bits enough
_BITS_PER_PIXEL = 0.087  # 500 kbit/s at 640x360 and 25 pictures a second
_BT709, _LIMITED = 1, 1  # ITU-T H.273

Progress = Callable[[str, float], None]


def clips(directory: Path) -> dict[str, Path]:
    """Return where each camera's clip lies (or will lie) in a directory."""
    return {view: directory / f"{view}.mp4" for view in VIEWS}


def make(
    directory: Path,
    size: tuple[int, int] | None = None,
    progress: Progress = lambda _view, _share: None,
    seconds: float = LOOP_S,
) -> dict[str, Path]:
    """Make the clips that are missing or of another version; return all four.

    Each is written beside its place and renamed when it is whole, so an interrupted run leaves
    finished clips and the next run makes only the others. Without a ``size`` they have that of
    those which are there, else ``SIZE``. ``progress`` is told the camera and how
    much of it is done (0…1). Fewer ``seconds`` than the loop's give its beginning only. Raises
    ``ValueError`` for a size that is not 16:9 with even sides.
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
    if not missing:
        return wanted
    speeches = {voice: speak(voice) for voice in TIMBRES}
    sounds = hear(speeches)
    for view in missing:
        film = Film(view, size, speeches)
        _write(wanted[view], film, sounds[view], frames, partial(progress, view))
        done = [*done, view]
        _put(stamp, json.dumps({**form, "clips": done}))
    return wanted


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


def _write(
    path: Path, film: Film, sound: Stereo, frames: int, progress: Callable[[float], None]
) -> None:
    beside = path.with_name(f".{path.name}.part")
    scaler = VideoReformatter()  # a frame's own would build its tables anew each time
    try:
        with av.open(beside, "w", format="mp4") as output:
            video, audio = _open_video(output, film.size), _open_audio(output)
            said = 0
            for number in range(frames):
                drawn = np.asarray(film.picture(number))
                picture = scaler.reformat(
                    av.VideoFrame.from_ndarray(drawn, format="rgb24"),
                    format="yuv420p",
                    dst_colorspace=_BT709,
                    dst_color_range=_LIMITED,
                )
                picture.pts, picture.time_base = number, Fraction(1, FRAME_RATE)
                output.mux(video.encode(picture))
                until = (number + 1) * RATE // FRAME_RATE
                said = _say(output, audio, sound, said, until)
                if number % FRAME_RATE == 0:
                    progress(number / frames)
            output.mux(video.encode(None))
            output.mux(audio.encode(None))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    progress(1.0)


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
