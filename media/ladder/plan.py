"""Which renditions are worth encoding for a source on a share of a machine.

Costs are processor seconds for a million pixels; ``media.ladder.calibration`` measures a machine's.
Where the plan is too bold all the same, ``media.ladder.load`` gives way while the broadcast lasts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Preset = Literal["veryfast", "superfast", "ultrafast"]
PRESETS: tuple[Preset, ...] = ("veryfast", "superfast", "ultrafast")
HEIGHTS = (1080, 720, 480, 360)
SHARED_RUNGS = 2
_MOST_OF_A_THREAD = 0.85
# The monitor decodes each camera's key frames: one picture in fifty, some three times as dear.
_MONITOR_SHARE = 0.06
# A rung is left out if the one above it is hardly larger.
_LEAST_STEP = 1.2


@dataclass(frozen=True, slots=True)
class Costs:
    """What a machine needs, in processor seconds for a million pixels; ``fixed`` in cores.

    ``compose`` is of the canvas: copies, overlay, scaling to the other rungs. ``fixed`` is sound,
    packaging and messages.
    """

    encode: dict[Preset, float]
    decode: dict[str, float]
    other_decode: float
    compose: float
    fixed: float


# Two cores of an AMD EPYC at 2.45 GHz, moving pictures with sensor noise.
REFERENCE = Costs(
    encode={"veryfast": 0.0125, "superfast": 0.008, "ultrafast": 0.0065},
    decode={"h264": 0.004, "hevc": 0.007},
    other_decode=0.009,
    compose=0.002,
    fixed=0.08,
)


@dataclass(frozen=True, slots=True)
class Source:
    """A camera whose pictures have to be decoded; sizes in pixels.

    One that has no place (``placed``) in the picture is not decoded.
    """

    codec: str
    width: int
    height: int
    frame_rate: float = 25.0
    placed: bool = True


@dataclass(frozen=True, slots=True)
class Rung:
    """One encoded size. ``max_rate`` in bit/s; ``shared`` rungs are fit for the relay."""

    id: str
    width: int
    height: int
    preset: Preset
    max_rate: int
    shared: bool

    @property
    def profile(self) -> str:
        """The H.264 profile."""
        return "baseline" if self.shared else "high"


def plan(
    size: tuple[int, int],
    frame_rate: int,
    cores: float,
    sources: Iterable[Source] = (),
    costs: Costs = REFERENCE,
) -> tuple[Rung, ...]:
    """Return the rungs, largest first, that fit into ``cores`` in real time.

    What does not fit gives way in this order: a faster preset, the rungs in the middle (the one
    next to the largest first), ``ultrafast``, the largest rung. The smallest always stays.
    ``ultrafast`` comes late: it saves less than a third of ``superfast``'s time and looks far
    worse. A rung is encoded by one thread, so none may need all of a core.
    """
    budget = cores - fixed_cost(size, frame_rate, sources, costs)
    for sizes, preset in _choices(size):
        largest = encode_cost(sizes[:1], frame_rate, preset, costs)
        whole = encode_cost(sizes, frame_rate, preset, costs)
        if whole <= budget and largest <= _MOST_OF_A_THREAD:
            return _rungs(sizes, frame_rate, preset)
    smallest = rung_size(size, rung_heights(size[1])[-1])
    return _rungs([smallest], frame_rate, "ultrafast")


def _choices(size: tuple[int, int]) -> Iterator[tuple[list[tuple[int, int]], Preset]]:
    """Yield sets of sizes with a preset, the best first."""
    sizes = [rung_size(size, height) for height in rung_heights(size[1])]
    for top in range(len(sizes)):
        chosen: list[tuple[int, int]] = []
        for dropped in range(max(1, len(sizes) - top - 1)):
            chosen = [sizes[top], *sizes[top + 1 + dropped :]]
            yield chosen, "veryfast"
            yield chosen, "superfast"
        yield chosen, "ultrafast"


def fixed_cost(
    size: tuple[int, int], frame_rate: int, sources: Iterable[Source], costs: Costs = REFERENCE
) -> float:
    """Return what decoding (the monitor's too), composing and sound need, in cores."""
    decode = sum(
        _mega_pixels((source.width, source.height), source.frame_rate)
        * costs.decode.get(source.codec, costs.other_decode)
        * (source.placed + _MONITOR_SHARE)
        for source in sources
    )
    return costs.fixed + decode + _mega_pixels(size, frame_rate) * costs.compose


def encode_cost(
    sizes: Sequence[tuple[int, int]], frame_rate: int, preset: Preset, costs: Costs = REFERENCE
) -> float:
    """Return what encoding these sizes needs, in cores."""
    return sum(_mega_pixels(size, frame_rate) for size in sizes) * costs.encode[preset]


def rung_heights(height: int) -> list[int]:
    """Return the heights for a source: its own and the usual ones below it."""
    own = max(2, height // 2 * 2)
    return [own, *(usual for usual in HEIGHTS if usual * _LEAST_STEP <= own)]


def rung_size(size: tuple[int, int], height: int) -> tuple[int, int]:
    """Return the size of a rung with the source's aspect; both sides are even."""
    width = size[0] * height / size[1]
    return max(2, round(width / 2) * 2), height


def max_rate(size: tuple[int, int], frame_rate: int) -> int:
    """Return the highest bit rate of a size: 0.85 Mbit/s at 640x360, 4.4 Mbit/s at 1080p."""
    scale = math.pow(size[0] * size[1] / (640 * 360), 0.75) * math.sqrt(frame_rate / 25)
    return max(150_000, round(850_000 * scale / 10_000) * 10_000)


def relative_cost(preset: Preset) -> float:
    """Return what a preset costs, for comparison with another's."""
    return REFERENCE.encode[preset]


def reopened(rungs: Sequence[Rung], preset: Preset) -> tuple[Rung, ...]:
    """Return the same rungs at another speed; their parameter sets stay the same."""
    return tuple(replace(rung, preset=preset) for rung in rungs)


def _rungs(sizes: Sequence[tuple[int, int]], frame_rate: int, preset: Preset) -> tuple[Rung, ...]:
    first_shared = len(sizes) - SHARED_RUNGS
    return tuple(
        Rung(
            id=f"v{height}",
            width=width,
            height=height,
            preset=preset,
            max_rate=max_rate((width, height), frame_rate),
            shared=index >= first_shared,
        )
        for index, (width, height) in enumerate(sizes)
    )


def _mega_pixels(size: tuple[int, int], frame_rate: float) -> float:
    return size[0] * size[1] * frame_rate / 1e6
