import itertools
from typing import Literal

import av
import numpy as np
import pytest

from media.assignment import ProgramText
from media.marks import Mask
from media.program.canvas import planes_of
from media.program.compositor import Compositor
from media.program.layout import LAYOUTS, pixels
from media.release import PICTURES_IN_USE

NOW = 1_795_399_353_400_000
TEXT = ProgramText("江州市清河区人民法院", "（2026）江0104民初1234号", "Asia/Shanghai", {})
HD = (1280, 720)


def noise(width: int, height: int, seed: int = 0) -> av.VideoFrame:
    pixels_ = np.random.default_rng(seed).integers(0, 255, (height * 3 // 2, width))
    return av.VideoFrame.from_ndarray(pixels_.astype(np.uint8), format="yuv420p")


def flat(luma: int, size: tuple[int, int] = (640, 360)) -> av.VideoFrame:
    block = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
    block[: size[1]] = luma
    return av.VideoFrame.from_ndarray(block, format="yuv420p")


@pytest.mark.parametrize("size", [(1920, 1080), HD, (640, 360)])
def test_a_single_camera_passes_untouched_above_the_overlay(size: tuple[int, int]) -> None:
    frame = noise(*size)
    block = Compositor(size, "single", ["a"], TEXT).compose({"a": frame}, NOW)
    rows = size[1] * 4 // 5
    assert np.array_equal(block[:rows], planes_of(frame)[0][:rows])


def test_decoded_frames_are_never_written() -> None:
    frames = {name: noise(640, 360, seed) for seed, name in enumerate("abcd")}
    before = {name: frame.to_ndarray().copy() for name, frame in frames.items()}
    masks = {"a": [Mask(0, 0, 0.5, 0.5)], "c": [Mask(0.2, 0.2, 0.5, 0.5, "pixelate")]}
    compositor = Compositor(HD, "quad", "abcd", TEXT, masks)
    for tick in range(3):
        compositor.compose(frames, NOW + tick * 40_000)
    for name, frame in frames.items():
        assert np.array_equal(frame.to_ndarray(), before[name])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_camera_is_in_its_place(layout: str) -> None:
    cameras = [str(number) for number in range(len(LAYOUTS[layout]))]
    frames = {camera: flat(60 + 20 * index) for index, camera in enumerate(cameras)}
    block = Compositor(HD, layout, cameras, TEXT).compose(frames, NOW)
    for index, place in enumerate(LAYOUTS[layout]):
        box = pixels(place, HD)
        assert block[box.y + box.height // 3, box.x + box.width // 3] == 60 + 20 * index


def test_a_camera_without_picture_shows_a_quiet_tile_and_the_others_go_on() -> None:
    compositor = Compositor(HD, "quad", "abcd", TEXT)
    frames: dict[str, av.VideoFrame | None] = {name: flat(200) for name in "abcd"}
    compositor.compose(frames, NOW)
    frames["b"] = None
    for tick in range(PICTURES_IN_USE):
        block = compositor.compose(frames, NOW + tick * 40_000)
        assert block[:356, 644:1280].max() < 180
        assert block[20, 20] == block[500, 900] == 200


def test_another_aspect_leaves_nothing_of_the_picture_before() -> None:
    compositor = Compositor(HD, "single", ["a"], TEXT)
    for tick in range(PICTURES_IN_USE):
        compositor.compose({"a": flat(200)}, NOW + tick)
    for tick in range(PICTURES_IN_USE):
        block = compositor.compose({"a": flat(100, (480, 360))}, NOW + tick)
        assert block[300, 20] < 40
        assert block[300, 640] == 100


@pytest.mark.parametrize("layout", ["single", "two"])
def test_the_overlay_on_bare_ground_does_not_grow_darker(layout: str) -> None:
    compositor = Compositor(HD, layout, ["a", "b"], TEXT)
    frames = {"a": flat(200, (480, 360)), "b": flat(90)}
    first, _ = (compositor.compose(frames, NOW).copy() for _ in range(2))
    for _ in range(2 * PICTURES_IN_USE):
        compositor.compose(frames, NOW)
    assert np.array_equal(first, compositor.compose(frames, NOW))


@pytest.mark.parametrize("source", [(640, 360), (1920, 1080), (720, 576), (641, 361)])
@pytest.mark.parametrize("method", ["fill", "pixelate"])
def test_masked_pixels_never_reach_the_picture(
    source: tuple[int, int], method: Literal["fill", "pixelate"]
) -> None:
    """Two pictures that differ only under a filled mask give the same program."""
    width, height = source
    mask = Mask(0.25, 0.25, 0.5, 0.5, method)
    frames = []
    for seed in (1, 2):
        rgb = np.full((height, width, 3), 120, np.uint8)
        inner = np.s_[height * 3 // 10 : height * 7 // 10, width * 3 // 10 : width * 7 // 10]
        rgb[inner] = np.random.default_rng(seed).integers(0, 255, rgb[inner].shape)
        frames.append(av.VideoFrame.from_ndarray(rgb, format="rgb24"))
    compositor = Compositor(HD, "two", ["a", "b"], TEXT, {"a": [mask]})
    one, other = (compositor.compose({"a": f, "b": flat(90)}, NOW).copy() for f in frames)
    difference = np.abs(one[:720].astype(int) - other[:720])
    assert difference.max() <= (0 if method == "fill" else 60)
    if method == "pixelate":  # means of noise: what is left carries no detail
        inner_one = one[280:440, 240:400].astype(float)
        assert np.abs(np.diff(inner_one, axis=1)).mean() < 12


@pytest.mark.parametrize("method", ["fill", "pixelate"])
def test_a_picture_that_needs_no_scaling_is_masked_and_stays_as_it_is_for_others(
    method: Literal["fill", "pixelate"],
) -> None:
    block = np.full((1080, 1280), 128, np.uint8)
    block[:720] = np.random.default_rng(1).integers(16, 235, (720, 1280))
    frame = av.VideoFrame.from_ndarray(block, format="yuv420p")
    mask = Mask(0.25, 0.25, 0.5, 0.25, method)
    compositor = Compositor(HD, "single", ["a"], TEXT, {"a": [mask]})
    shown = compositor.compose({"a": frame}, NOW)
    assert np.array_equal(frame.to_ndarray(), block)
    assert np.array_equal(shown[:180], block[:180])
    assert np.array_equal(shown[360:500, :640], block[360:500, :640])
    hidden = shown[180:360, 320:960].astype(int)
    assert np.abs(np.diff(hidden[:15, :15])).max() == 0


def test_pictures_that_encoders_may_still_read_stay_as_they_are() -> None:
    compositor = Compositor(HD, "single", ["a"], TEXT)
    shown = [
        compositor.compose({"a": flat(50 + 10 * at)}, NOW + at) for at in range(PICTURES_IN_USE)
    ]
    before = [picture.copy() for picture in shown[1:]]
    compositor.arrange("two", ["b", "a"])
    assert compositor.compose({"a": flat(200), "b": None}, NOW + 99) is shown[0]
    assert all(map(np.array_equal, shown[1:], before))


def test_layout_changes_between_two_pictures() -> None:
    compositor = Compositor(HD, "quad", "abcd", TEXT)
    frames = {name: flat(60 + 30 * index) for index, name in enumerate("abcd")}
    compositor.compose(frames, NOW)
    compositor.arrange("single", ["c"])
    for _ in range(PICTURES_IN_USE):
        block = compositor.compose(frames, NOW)
        assert block[:600].min() == block[:600].max() == 120


def noisy(seed: int, level: int = 120) -> av.VideoFrame:
    noise = np.random.default_rng(seed).integers(-2, 3, (540, 640))
    return flat_with(noise + level)


def flat_with(luma: np.ndarray) -> av.VideoFrame:
    block = luma.astype(np.uint8)
    block[360:] = 128
    return av.VideoFrame.from_ndarray(block, format="yuv420p")


def test_the_same_picture_is_returned_again_until_the_clock_goes_on() -> None:
    compositor = Compositor(HD, "single", ["a"], TEXT)
    frame = flat(90)
    shown = [compositor.compose({"a": frame}, NOW + tick * 40_000) for tick in range(5)]
    same = [after is before for before, after in itertools.pairwise(shown)]
    assert same == [True, True, False, True]  # 0, 40, 80 | 120, 160 ms


def test_a_mask_takes_away_what_was_held_at_once() -> None:
    """What a mask hides may differ from it by no more than noise does."""
    compositor = Compositor((640, 360), "single", ["a"], TEXT)
    for tick in range(3):
        compositor.compose({"a": noisy(tick, 42)}, NOW + tick * 40_000)
    compositor.mask("a", [Mask(0, 0, 1, 0.5)])
    block = compositor.compose({"a": noisy(9, 42)}, NOW + 3 * 40_000)
    assert block[:170].min() == block[:170].max()


def test_nothing_is_held_across_a_pause() -> None:
    compositor = Compositor((640, 360), "single", ["a"], TEXT)
    compositor.compose({"a": noisy(1)}, NOW)
    block = compositor.compose({"a": noisy(2)}, NOW + 300_000)
    expected = noisy(2).to_ndarray()
    assert np.array_equal(block[:200], expected[:200])
