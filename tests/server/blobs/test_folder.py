from pathlib import Path

import pytest

from server.blobs import FolderBlobs
from server.errors import NotFound


async def test_bytes_are_kept_by_name(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    await blobs.put("photo1.jpg", b"one")
    await blobs.put("photo1.jpg", b"two")
    assert await blobs.get("photo1.jpg") == b"two"
    await blobs.remove("photo1.jpg")
    await blobs.remove("photo1.jpg")
    with pytest.raises(NotFound):
        await blobs.get("photo1.jpg")


@pytest.mark.parametrize("name", ["../etc", "a/b", "", ".hidden", "A.jpg", "a.jpg/..", "a\x00"])
async def test_a_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        await FolderBlobs(tmp_path).get(name)
