"""The ladder fits the machine, keeps its smallest rung and has even sizes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.ladder.plan import (
    REFERENCE,
    Source,
    encode_cost,
    fixed_cost,
    max_rate,
    plan,
    reopened,
    rung_heights,
)


@pytest.mark.parametrize(
    ("size", "cores", "expected"),
    [
        ((1920, 1080), 4.0, ["v1080", "v720", "v480", "v360"]),
        ((1280, 720), 4.0, ["v720", "v480", "v360"]),
        ((640, 480), 4.0, ["v480", "v360"]),
        ((640, 360), 4.0, ["v360"]),
        ((704, 400), 4.0, ["v400"]),
        ((321, 241), 4.0, ["v240"]),
        ((1280, 720), 0.38, ["v720", "v360"]),
        ((1920, 1080), 0.1, ["v360"]),
    ],
)
def test_rungs_for_a_source(size: tuple[int, int], cores: float, expected: list[str]) -> None:
    assert [rung.id for rung in plan(size, 25, cores)] == expected


@pytest.mark.parametrize(
    ("cores", "rungs", "preset"),
    [
        (2.0, 3, "veryfast"),
        (0.45, 3, "superfast"),
        (0.38, 2, "superfast"),
        (0.34, 2, "ultrafast"),
        (0.25, 2, "ultrafast"),
    ],
)
def test_what_gives_way_and_in_which_order(cores: float, rungs: int, preset: str) -> None:
    planned = plan((1280, 720), 25, cores)
    assert (len(planned), planned[0].preset) == (rungs, preset)
    assert (planned[0].height == 720) == (cores > 0.3)


def test_the_demonstration_fits_into_half_a_core() -> None:
    planned = plan((1280, 720), 25, 0.5, [Source("h264", 640, 360)] * 4)
    assert [(rung.id, rung.preset) for rung in planned] == [
        ("v720", "superfast"),
        ("v360", "superfast"),
    ]


def test_decoding_is_paid_for() -> None:
    cameras = [Source("hevc", 1920, 1080)] * 4
    assert len(plan((1920, 1080), 25, 2.0)) > len(plan((1920, 1080), 25, 2.0, cameras))


def test_the_two_smallest_are_for_the_relay() -> None:
    rungs = plan((1920, 1080), 25, 4.0)
    assert [rung.shared for rung in rungs] == [False, False, True, True]
    assert [rung.profile for rung in rungs] == ["high", "high", "baseline", "baseline"]
    assert {rung.preset for rung in reopened(rungs, "ultrafast")} == {"ultrafast"}


@given(
    st.integers(64, 4096),
    st.integers(64, 2304),
    st.floats(0.05, 8),
    st.lists(
        st.builds(Source, st.sampled_from(["h264", "hevc", "mjpeg"]), st.just(1280), st.just(720))
    ),
)
def test_a_plan_fits_or_is_the_smallest(
    width: int, height: int, cores: float, sources: list[Source]
) -> None:
    rungs = plan((width, height), 25, cores, sources)
    sizes = [(rung.width, rung.height) for rung in rungs]
    assert all(side % 2 == 0 and side > 0 for size in sizes for side in size)
    assert [size[1] for size in sizes] == sorted({size[1] for size in sizes}, reverse=True)
    assert all(size[1] <= height for size in sizes)
    assert sizes[-1][1] == rung_heights(height)[-1]
    need = fixed_cost((width, height), 25, sources) + encode_cost(sizes, 25, rungs[0].preset)
    assert need <= cores or (len(rungs) == 1 and rungs[0].preset == "ultrafast")
    assert all(abs(rung.width - width * rung.height / height) <= 1 for rung in rungs)


def test_bit_rates_grow_with_size() -> None:
    rates = [max_rate(size, 25) for size in ((640, 360), (1280, 720), (1920, 1080))]
    assert rates == sorted(rates)
    assert rates[0] == 850_000
    assert max_rate((32, 32), 25) == 150_000


def test_a_slower_machine_gets_less() -> None:
    slow = replace(REFERENCE, encode={name: 3 * cost for name, cost in REFERENCE.encode.items()})
    assert len(plan((1280, 720), 25, 0.6, costs=slow)) < len(plan((1280, 720), 25, 0.6))


def test_no_rung_needs_more_than_its_thread_can_give() -> None:
    slow = replace(REFERENCE, encode={name: 4 * cost for name, cost in REFERENCE.encode.items()})
    largest = plan((1920, 1080), 25, 64.0, costs=slow)[0]
    assert encode_cost([(largest.width, largest.height)], 25, largest.preset, slow) < 1


def test_cameras_without_a_place_cost_hardly_anything() -> None:
    shown = Source("h264", 1920, 1080)
    warm = replace(shown, placed=False)
    dear, cheap = (fixed_cost((1280, 720), 25, [one] * 4) for one in (shown, warm))
    assert cheap - fixed_cost((1280, 720), 25, []) < (dear - cheap) / 10
