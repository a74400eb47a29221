"""What has passed the gate: the only form in which anything reaches encoders and thumbnails.

``Composer.compose`` takes the verdict of a tick and makes a ``ReleasedFrame``; nobody else can.
Each camera picture is asked for by its own court time, sound by the sample; whatever is not let in,
or goes wrong on the way, is slate and silence. Masks are those of each picture's own court time, a
camera that is called to the first place takes it when it has a picture, and a layout whose masks
nobody has drawn is not shown.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import av
import numpy as np

from media.direction import Direction
from media.gate import Gate, SlateKind, Verdict
from media.marks import Arrangement, Mask, SoundMark

_log = logging.getLogger(__name__)
_MADE_HERE = object()
_AHEAD_US = 1_000_000
SAMPLE_RATE = 48_000
CHANNELS = 2
PICTURES_IN_USE = 4
"""A released picture stays as it is while this many, it and those after it, are composed: two wait
for an encoder that works on a third, and nobody copies them."""

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Samples = np.ndarray[Any, np.dtype[np.float32]]


class PictureMaker(Protocol):
    """What composes camera pictures (``media.program.compositor``).

    It may return the very array it returned last, if nothing in the picture is new.
    """

    @property
    def cameras(self) -> tuple[str, ...]:
        """The cameras that have a place."""

    def arrange(self, layout: str, cameras: Sequence[str]) -> None:
        """Take another layout or other cameras from the next picture on."""

    def mask(self, camera: str, masks: Sequence[Mask]) -> None:
        """Hide these rectangles of a camera from the next picture on, and no others."""

    def compose(self, pictures: Mapping[str, av.VideoFrame | None], court_us: int) -> Pixels:
        """Return the program picture of a court time."""


class SlateMaker(Protocol):
    """What draws slates (``media.program.slate``); may return the same array again, too."""

    def picture(self, kind: str, court_us: int) -> Pixels:
        """Return a slate."""


class SoundMaker(Protocol):
    """What mixes the microphones (``media.program.sound``)."""

    def direct(self, marks: Sequence[SoundMark]) -> None:
        """Let these marks hold instead of all others, from the next sample that is mixed on."""

    def mix(self, from_us: int, samples: int, until_us: int) -> Samples:
        """Return (2, samples) of the program's sound, made of what was said before ``until_us``."""

    def reset(self) -> None:
        """Forget all sound that was pushed."""


@dataclass(frozen=True, slots=True)
class CameraView:
    """The picture a camera offers for a tick, and whether the camera is alive at all."""

    picture: av.VideoFrame | None
    court_us: int
    lost: bool


class ReleasedFrame:
    """One tick of the program as the public may see and hear it.

    ``air`` is ``room`` or the slate's kind. ``picture`` is yuv420p (height * 3 / 2, width), valid
    until the last of ``PICTURES_IN_USE`` is composed; ``sound`` is (2, n) at 48 kHz, for good.
    ``repeated``: the picture is that of the tick before.
    """

    __slots__ = ("air", "court_us", "epoch", "picture", "repeated", "sound", "tick")

    def __init__(  # noqa: PLR0913  (one value per slot)
        self,
        tick: int,
        court_us: int,
        epoch: int,
        air: str,
        picture: Pixels,
        sound: Samples,
        *,
        repeated: bool = False,
        made_by: object = None,
    ) -> None:
        if made_by is not _MADE_HERE:
            raise TypeError("only Composer.compose releases a frame")
        self.tick = tick
        self.court_us = court_us
        self.epoch = epoch
        self.air = air
        self.picture = picture
        self.sound = sound
        self.repeated = repeated


class Composer:
    """Makes released frames. For one thread; ticks come in order.

    ``arranged`` is the arrangement of what is shown now, ``wanted`` of what is to be shown.
    """

    def __init__(
        self,
        gate: Gate,
        direction: Direction,
        pictures: PictureMaker,
        slates: SlateMaker,
        sound: SoundMaker,
        tick_us: int,
    ) -> None:
        self._gate = gate
        self._direction = direction
        self._pictures = pictures
        self._slates = slates
        self._sound = sound
        self._directed: tuple[SoundMark, ...] = ()
        self._last: ReleasedFrame | None = None
        self._opened_epoch = -1
        self._slate_before: SlateKind = "interrupted"
        self._was_open = False
        self.arranged: Arrangement | None = None
        self.wanted: Arrangement | None = None
        self._tick_us = tick_us
        self._samples = SAMPLE_RATE * tick_us // 1_000_000

    @property
    def placed(self) -> tuple[str, ...]:
        """The cameras that have a place in the picture now."""
        return self._pictures.cameras

    def compose(
        self,
        tick: int,
        court_us: int,
        verdict: Verdict,
        views: Mapping[str, CameraView],
        *,
        speaker: str | None = None,
        repeat: bool = False,
    ) -> ReleasedFrame:
        """Return the released frame of a tick.

        ``speaker`` is the camera of who speaks, for arrangements by voice. ``repeat`` shows the
        last picture again if it is of the same epoch (saves work when late); sound is never
        repeated. An error in composing is shown as ``interrupted``.
        """
        if self._was_open and not verdict.open:
            self._sound.reset()
        self._was_open = verdict.open
        if self._directed is not self._direction.sound:
            self._directed = self._direction.sound
            self._sound.direct(self._directed)
        wanted = self._direction.arrangement(court_us)
        if wanted.by_voice and speaker is not None:
            wanted = wanted.led_by(speaker)
        self.wanted = wanted
        air, picture, repeated = self._picture(court_us, verdict, wanted, views, repeat=repeat)
        repeated = repeated or self._is_last(picture, verdict)
        released = ReleasedFrame(
            tick,
            court_us,
            verdict.epoch,
            air,
            picture,
            self._heard(court_us),
            repeated=repeated,
            made_by=_MADE_HERE,
        )
        self._last = released
        return released

    def _is_last(self, picture: Pixels, verdict: Verdict) -> bool:
        """Tell whether a picture is the one before, to the pixel: its maker had nothing new."""
        last = self._last
        return last is not None and picture is last.picture and last.epoch == verdict.epoch

    def fill(
        self, tick: int, court_us: int, verdict: Verdict, *, repeat: bool = False
    ) -> ReleasedFrame:
        """Return slate and silence for a tick that was missed; shows nothing of the room."""
        if self._was_open:
            self._sound.reset()
        self._was_open = False
        kind = verdict.slate
        last = self._last
        same = last is not None and (last.epoch, last.air) == (verdict.epoch, kind)
        repeated = repeat and same
        picture = (
            last.picture if repeated and last is not None else self._slates.picture(kind, court_us)
        )
        repeated = repeated or self._is_last(picture, verdict)
        silence = np.zeros((CHANNELS, self._samples), np.float32)
        self._last = ReleasedFrame(
            tick,
            court_us,
            verdict.epoch,
            kind,
            picture,
            silence,
            repeated=repeated,
            made_by=_MADE_HERE,
        )
        return self._last

    def _picture(
        self,
        court_us: int,
        verdict: Verdict,
        wanted: Arrangement,
        views: Mapping[str, CameraView],
        *,
        repeat: bool,
    ) -> tuple[str, Pixels, bool]:
        last = self._last
        if repeat and last is not None and last.epoch == verdict.epoch:
            return last.air, last.picture, True
        if not verdict.open:
            self._arrange(wanted)
            self._slate_before = verdict.slate
            return verdict.slate, self._slates.picture(verdict.slate, court_us), False
        admitted = {
            camera: view.picture if verdict.admits(view.court_us) else None
            for camera, view in views.items()
        }
        alive = [camera for camera, view in views.items() if not view.lost]
        if self._opened_epoch != verdict.epoch:
            # Just opened: the slate stays until every living camera has a picture that is let in.
            if alive and any(admitted[camera] is None for camera in alive):
                return self._slate_before, self._slates.picture(self._slate_before, court_us), False
            self._opened_epoch = verdict.epoch
        if wanted.cameras and admitted.get(wanted.cameras[0]) is not None:
            self._arrange(wanted)  # else the old picture stays until the new one is there
        arranged = self.arranged or wanted
        seen = any(picture is not None for picture in admitted.values())
        if seen and self._direction.may_show(arranged.layout):
            self._arrange(arranged)
            try:
                return "room", self._composed(arranged, court_us, views, admitted), False
            except (av.FFmpegError, ValueError, KeyError, IndexError):
                _log.exception("the picture could not be composed")
        return "interrupted", self._slates.picture("interrupted", court_us), False

    def _arrange(self, wanted: Arrangement) -> None:
        if self.arranged != wanted:
            self._pictures.arrange(wanted.layout, wanted.cameras)
            self.arranged = wanted

    def _composed(
        self,
        arranged: Arrangement,
        court_us: int,
        views: Mapping[str, CameraView],
        admitted: Mapping[str, av.VideoFrame | None],
    ) -> Pixels:
        for camera, picture in admitted.items():
            if picture is not None:
                at_us = views[camera].court_us
                self._pictures.mask(camera, self._direction.masks(arranged.layout, camera, at_us))
        return self._pictures.compose(admitted, court_us)

    def _heard(self, court_us: int) -> Samples:
        """Return the tick's sound, silent to the sample where the gate is closed."""
        count, until_us = self._samples, court_us + self._tick_us
        heard = np.zeros((CHANNELS, count), np.float32)
        spans = self._gate.open_spans(court_us, until_us)
        if not spans:
            return heard
        try:
            # A mixer looks ahead: it must not see beyond the edge either.
            _, edge_us = self._gate.open_spans(court_us, until_us + _AHEAD_US)[len(spans) - 1]
            mixed = self._sound.mix(court_us, count, edge_us)
        except (av.FFmpegError, ValueError, KeyError, IndexError):
            _log.exception("the sound could not be mixed")
            return heard
        for since_us, closed_us in spans:
            # A sample is let in only if all of it lies within the span.
            first = -(-(since_us - court_us) * SAMPLE_RATE // 1_000_000)
            last = (closed_us - court_us) * SAMPLE_RATE // 1_000_000
            heard[:, first:last] = mixed[:, first:last]
        for muted_us, heard_us in self._direction.silences(court_us, until_us):
            first = (muted_us - court_us) * SAMPLE_RATE // 1_000_000
            last = -(-(heard_us - court_us) * SAMPLE_RATE // 1_000_000)
            heard[:, first:last] = 0
        return heard
