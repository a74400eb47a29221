"""Names in addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import UnknownResource
from media.hls.resource import ResourceName, init_name, part_name, segment_name


def test_names_and_their_meaning() -> None:
    assert ResourceName.parse("v720/" + segment_name(12)) == ResourceName("v720", msn=12)
    assert ResourceName.parse("v720/" + part_name(12, 3)) == ResourceName("v720", msn=12, part=3)
    assert ResourceName.parse("audio/" + init_name(2)) == ResourceName("audio", init=2)
    assert ResourceName.parse("v720/0.0.m4s") == ResourceName("v720", msn=0, part=0)


@pytest.mark.parametrize(
    "name",
    [
        "", "v720", "v720/", "v720/12", "v720/012.m4s", "v720/-1.m4s", "v720/1.2.3.m4s",
        "v720/12.m4s\n", "V720/12.m4s", "../v720/12.m4s", "v720/../12.m4s", "v720//12.m4s",
        "v720/init-0.mp4", "v720/init-.mp4", "v720/index.log", "v720/１.m4s",
        "v720/99999999999.m4s",
    ],
)  # fmt: skip
def test_other_names_are_unknown(name: str) -> None:
    with pytest.raises(UnknownResource):
        ResourceName.parse(name)


@given(st.text())
def test_any_text_is_a_name_or_unknown(name: str) -> None:
    with pytest.raises(UnknownResource):
        ResourceName.parse(name + "/../x")
