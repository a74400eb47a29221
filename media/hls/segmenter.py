"""Cuts encoded samples into parts and segments on a fixed grid.

Part and segment borders are counted in samples, so that all renditions have identical borders and
``PART-TARGET`` never changes. The worker holds one ``Segmenter`` per packaged rendition::

    segmenter = Segmenter("v720", track, samples_per_part=8, parts_per_segment=6, start=position)
    part = segmenter.push(Sample(annex_b, dts, pts, 3600, sync=True), court_us, epoch)
    if part: recording.write(part); publish(part)

``push`` takes the samples in decode order without holes. A part goes out with its last sample.
``extend`` lets the last sample last longer instead: a picture that stands for two. At a
discontinuity (all renditions at the same tick) ``discontinuity()`` closes the segment; in its midst
that takes back a hint players have, so wait for the border where there is a choice. Where
media is missing for good (after a crash, if it is not filled with slate) ``gap()`` stands for a
part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from media.cmaf.fragment import Sample, fragment
from media.cmaf.track import Track
from media.messages import Part


@dataclass(frozen=True, slots=True)
class Position:
    """Where a rendition goes on: the next part, its media time and the init section in use."""

    msn: int = 0
    part: int = 0
    media_time: int = 0
    init_version: int = 1


class Segmenter:
    """The cutter of one rendition."""

    def __init__(
        self,
        rendition: str,
        track: Track,
        *,
        samples_per_part: int,
        parts_per_segment: int,
        start: Position | None = None,
    ) -> None:
        if samples_per_part < 1 or parts_per_segment < 1:
            raise ValueError("a part has samples and a segment has parts")
        self._rendition = rendition
        self._track = track
        self._samples_per_part = samples_per_part
        self._parts_per_segment = parts_per_segment
        self._position = start or Position()
        self._time = self._position.media_time
        self._samples: list[Sample] = []
        self._filled = 0  # of the part, in samples of usual length
        self._court_us = 0
        self._epoch = 0
        self._discontinuity = False

    @property
    def rendition(self) -> str:
        """The id of the rendition."""
        return self._rendition

    @property
    def position(self) -> Position:
        """The part that is being filled."""
        return self._position

    @property
    def media_time(self) -> int:
        """Decode time that the next sample must have."""
        return self._time

    @property
    def pending(self) -> int:
        """Samples that are in the unfinished part."""
        return len(self._samples)

    def push(self, sample: Sample, court_us: int, epoch: int) -> Part | None:
        """Take a sample shown at ``court_us``; return the part if this completes it.

        A part bears the court time of its first sample and the highest epoch in it. Raises
        ``ValueError`` if the sample does not follow the last one without a hole.
        """
        if sample.dts != self._time:
            raise ValueError(f"{self._rendition}: sample at {sample.dts}, expected {self._time}")
        if not self._samples:
            self._court_us, self._epoch = court_us, epoch
        self._epoch = max(self._epoch, epoch)
        self._samples.append(replace(sample, data=self._track.sample(sample.data)))
        return self._fill(sample.duration)

    def extend(self, duration: int) -> Part | None:
        """Let the last sample last by the duration of one more; return the part if that ends it.

        Raises ``ValueError`` where a part begins: each part has a sample of its own at its start.
        """
        if not self._samples:
            raise ValueError(f"{self._rendition}: a part begins with a sample")
        last = self._samples[-1]
        self._samples[-1] = replace(last, duration=last.duration + duration)
        return self._fill(duration)

    def _fill(self, duration: int) -> Part | None:
        self._time += duration
        self._filled += 1
        return None if self._filled < self._samples_per_part else self._finish(close=False)

    def gap(self, duration: int, court_us: int, epoch: int) -> Part:
        """Return a part of ``duration`` (timescale units) without media; nothing may be pending."""
        if self._samples:
            raise ValueError(f"{self._rendition}: a gap begins where a part begins")
        self._court_us, self._epoch = court_us, epoch
        self._time += duration
        return self._finish(close=False, gap=True)

    def discontinuity(
        self,
        *,
        track: Track | None = None,
        init_version: int | None = None,
        media_time: int | None = None,
    ) -> Part | None:
        """Close the segment; the next one is marked as a discontinuity.

        Returns the short last part if samples were pending. ``track`` and ``init_version`` replace
        the init section, ``media_time`` the time of the next sample. Twice in a row is once.
        """
        part = self._finish(close=True) if self._samples else None
        position = self._position
        if position.part:
            position = replace(position, msn=position.msn + 1, part=0)
        self._track = track or self._track
        self._time = self._time if media_time is None else media_time
        self._position = replace(
            position,
            media_time=self._time,
            init_version=init_version or position.init_version,
        )
        self._discontinuity = True
        return part

    def finish(self) -> Part | None:
        """Return the short last part of the stream, if samples were pending."""
        return self._finish(close=True) if self._samples else None

    def _finish(self, *, close: bool, gap: bool = False) -> Part:
        at = self._position
        last = close or at.part == self._parts_per_segment - 1
        samples, self._samples, self._filled = self._samples, [], 0
        part = Part(
            rendition=self._rendition,
            msn=at.msn,
            part=at.part,
            court_us=self._court_us,
            media_time=at.media_time,
            duration=self._time - at.media_time,
            independent=any(sample.sync for sample in samples),
            last=last,
            discontinuity=self._discontinuity and at.part == 0,
            gap=gap,
            init_version=at.init_version,
            epoch=self._epoch,
            payload=b""
            if gap
            else fragment(at.msn * self._parts_per_segment + at.part + 1, samples),
        )
        self._discontinuity = False
        self._position = replace(
            at,
            msn=at.msn + 1 if last else at.msn,
            part=0 if last else at.part + 1,
            media_time=self._time,
        )
        return part
