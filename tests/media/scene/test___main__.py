from pathlib import Path

import pytest

from media.scene.__main__ import main


@pytest.mark.parametrize("size", ["huge", "640x480", "12"])
def test_a_wrong_size_is_told_in_words(
    tmp_path: Path, size: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path / "scene"), "--size", size])
    assert ended.value.code == 2
    assert size in capsys.readouterr().err
    assert not (tmp_path / "scene").exists()
