from pathlib import Path

import pytest

from media.cmaf.fragment import Sample, fragment
from media.errors import UnknownResource
from media.hls.disk import key_size, read_part


def test_parts_are_read_by_their_place(tmp_path: Path) -> None:
    path = tmp_path / "1.m4s"
    path.write_bytes(b"aaabbb")
    assert read_part(path, 3, 3) == b"bbb"
    for place in ((4, 3), (9, 1)):
        with pytest.raises(UnknownResource):
            read_part(path, *place)
    with pytest.raises(UnknownResource):
        read_part(tmp_path / "2.m4s", 0, 1)


def test_the_end_of_the_first_picture(tmp_path: Path) -> None:
    path = tmp_path / "1.m4s"
    picture = fragment(1, [Sample(b"K" * 9000, 0, 0, 3600, sync=True)])
    path.write_bytes(picture + b"more")
    assert key_size(path) == len(picture)
    assert key_size(tmp_path / "2.m4s") == -1
    path.write_bytes(b"")
    assert key_size(path) == -1
