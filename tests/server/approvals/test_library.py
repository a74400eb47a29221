"""A court's own rule files are taken up without code, and a wrong one harms no other."""

from __future__ import annotations

from pathlib import Path

import server.approvals
from server.approvals.library import Library

OWN = Path(server.approvals.__file__).parent / "policies" / "cn-default.toml"


def add(folder: Path, name: str, text: str) -> None:
    (folder / "policies").mkdir(parents=True, exist_ok=True)
    (folder / "policies" / f"{name}.toml").write_text(text, encoding="utf-8")


def test_a_file_is_all_that_another_profile_needs(tmp_path: Path) -> None:
    text = OWN.read_text(encoding="utf-8").replace("cn-default", "su-gaoyuan")
    add(tmp_path, "su-gaoyuan", text.replace("least_s = 0", "least_s = 45"))
    library = Library.read(tmp_path)
    assert library.refused == []
    known = library.policies["su-gaoyuan"]
    assert known.rules.delay.least_s == 45
    assert known.source.version == "2026-11"
    assert known.source.digest != library.policies["cn-default"].source.digest


def test_a_wrong_file_is_refused_alone(tmp_path: Path) -> None:
    text = OWN.read_text(encoding="utf-8")
    add(tmp_path, "cn-default", text)  # the service's own has this name
    add(tmp_path, "misnamed", text)
    add(tmp_path, "bad", text.replace("notice_days", "notice"))
    add(tmp_path, "lost", text.replace("cn-default", "lost").replace('"cn"', '"nowhere"'))
    add(tmp_path, "good", text.replace("cn-default", "good"))
    (tmp_path / "policies" / "bytes.toml").write_bytes(b"\xff\xfe")
    library = Library.read(tmp_path)
    files = sorted(one.file for one in library.refused)
    assert files == ["bad.toml", "bytes.toml", "cn-default.toml", "lost.toml", "misnamed.toml"]
    assert "good" in library.policies
    assert "cn-default" in library.policies
    assert "lost" not in library.policies
