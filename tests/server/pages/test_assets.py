"""What a page needs of the build, by its manifest."""

import json
from pathlib import Path

from server.pages.assets import Assets

MANIFEST = {
    "src/portal/main.ts": {
        "file": "assets/portal-1.js",
        "css": ["assets/portal-1.css"],
        "imports": ["_shared.js"],
    },
    "_shared.js": {"file": "assets/shared-2.js", "css": ["assets/shared-2.css"], "imports": ["_a"]},
    "_a": {"file": "assets/a-3.js", "imports": ["_shared.js"]},
    "src/style/icons.svg": {"file": "assets/icons-4.svg"},
}


def test_styles_of_shared_parts_come_first_and_each_once() -> None:
    assets = Assets(MANIFEST)
    assert assets.styles("portal") == [
        "/static/assets/shared-2.css",
        "/static/assets/portal-1.css",
    ]
    assert assets.scripts("portal") == ["/static/assets/portal-1.js"]
    assert assets.url("src/style/icons.svg") == "/static/assets/icons-4.svg"


def test_without_a_build_pages_are_plain(tmp_path: Path) -> None:
    assets = Assets.read(tmp_path)
    assert (assets.scripts("portal"), assets.styles("portal"), assets.url("x")) == ([], [], "")


def test_the_manifest_is_read_where_the_build_writes_it(tmp_path: Path) -> None:
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite" / "manifest.json").write_text(json.dumps(MANIFEST))
    assert Assets.read(tmp_path).scripts("portal") == ["/static/assets/portal-1.js"]
