"""What marks are made of."""

import pytest

from media.marks import Arrangement, Mask, Templates


@pytest.mark.parametrize("sides", [(-0.1, 0, 1, 1), (0, 0, 0, 1), (0, 0, 1, float("nan"))])
def test_a_mask_is_a_rectangle_in_the_picture(sides: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="mask"):
        Mask(*sides)


def test_a_camera_is_called_to_the_first_place() -> None:
    seats = Arrangement("quad", ("a", "b", "c"))
    assert seats.led_by("c").cameras == ("c", "a", "b")
    assert seats.led_by("a") == seats
    assert seats.led_by("nobody") == seats


def test_templates_of_every_layout_and_of_one() -> None:
    everywhere, once = Mask(0, 0, 1, 0.1), Mask(0, 0.9, 1, 0.1)
    templates = Templates({"": {"a": (everywhere,)}, "quad": {"a": (once,)}}, required=True)
    assert templates.of("quad", "a") == (everywhere, once)
    assert templates.of("single", "a") == (everywhere,)
    assert templates.of("quad", "b") == ()
    assert not templates.missing("single")
    only_quad = Templates({"quad": {"a": (once,)}}, required=True)
    assert only_quad.missing("single")
    assert not only_quad.missing("quad")
    assert not Templates({}).missing("single")
