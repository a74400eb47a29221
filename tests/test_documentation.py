"""What is documented is there, and what is there is documented."""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
from aiohttp import web

from media.feeds import issues
from media.program import watch
from server.app import make_app
from server.audience import setup as count_audience
from server.broadcasts.feed_metrics import FIGURES, RECEIVING
from server.run_options import parser as run_parser
from server.settings import OF_THE_SCRIPTS, PREFIX, Settings
from server.statistics.metrics import METRICS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
ADDRESS = re.compile(r"`(GET|POST|PUT|PATCH|DELETE|OPTIONS) (/[^`? ]*)`")
NOT_STABLE = "/static/"
LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
MOST_PICTURE_BYTES = 300_000


@cache
def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pages() -> list[Path]:
    """List the documentation that git knows of or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "*.md"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return sorted(
        ROOT / name for name in set(listed.split("\0")) if name and (ROOT / name).exists()
    )


@pytest.fixture
def app(tmp_path: Path) -> web.Application:
    """Return the application, which is not started."""
    return make_app(Settings(data=tmp_path))


def test_every_setting_is_documented_and_no_other() -> None:
    told = set(re.findall(rf"^\| `({PREFIX}[A-Z_]+)`", text_of("docs/settings.md"), re.MULTILINE))
    assert told == {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | OF_THE_SCRIPTS


def test_every_script_is_documented_and_no_other() -> None:
    commands = {
        path.name
        for path in (ROOT / "scripts").iterdir()
        if path.is_file() and os.access(path, os.X_OK)
    }
    told = re.findall(r"^\| `scripts/(\w+)", text_of("scripts/README.md"), re.MULTILINE)
    assert set(told) == commands


def test_every_address_is_documented_and_no_other(app: web.Application) -> None:
    routes = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    stable = {(method, path) for method, path in routes if not path.startswith(NOT_STABLE)}
    assert set(ADDRESS.findall(text_of("docs/http-api.md"))) == stable


def test_every_published_number_is_documented_in_its_version() -> None:
    told = text_of("docs/metrics.md")
    assert set(re.findall(r"^\| `([a-z_]+)` \| \D", told, re.MULTILINE)) >= METRICS.keys()
    assert {metric.version for metric in METRICS.values()} == {
        int(version) for version in re.findall(r"definition, version (\d+)", told)
    }


def test_every_number_about_the_service_is_documented() -> None:
    named = set()
    for path in (ROOT / "server").rglob("*.py"):
        named |= set(re.findall(r'"(tingbo_[a-z_]+)", "', path.read_text(encoding="utf-8")))
    named |= {f"tingbo_audience_{name}" for name in ("dropped", "failed_flushes", "waiting")}
    named |= {f"tingbo_camera_{name}" for name in (RECEIVING, *FIGURES)}
    assert count_audience.__module__ == "server.audience"
    told = set(re.findall(r"^\| `(tingbo_[a-z_]+)`", text_of("docs/metrics.md"), re.MULTILINE))
    assert {name.removesuffix("_total") for name in told} == named


def test_every_trouble_of_a_camera_is_told_in_words() -> None:
    told = re.findall(r"^\| `([a-z_]+)` \| [A-Z]", text_of("docs/operations.md"), re.MULTILINE)
    assert set(told) == issues.CODES


def test_every_fault_of_picture_and_sound_is_told_in_words() -> None:
    told = re.findall(
        r"^\| [A-Z][^|]* \| `([a-z]+)` \|", text_of("docs/operations.md"), re.MULTILINE
    )
    assert {*told, "lost"} == watch.CODES  # a lost camera is among the camera's own troubles


def test_options_that_the_documentation_names_exist() -> None:
    known = {option for action in run_parser()._actions for option in action.option_strings}
    for page in pages():
        for line in re.findall(r"scripts/run ([^`\n]*)", page.read_text(encoding="utf-8")):
            assert set(re.findall(r"--[a-z]+", line)) <= known, page


def commands_of(readme: Path) -> list[str]:
    """Return the lines of all code blocks that are in no language."""
    lines: list[str] = []
    fence: str | None = None
    for line in readme.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            fence = line if fence is None else None
        elif fence == "```":
            lines.append(line)
    return lines


def test_the_two_readmes_have_the_same_shape_and_commands() -> None:
    english, chinese = READMES
    headings = [
        [line.split()[0] for line in readme.read_text(encoding="utf-8").splitlines()
         if line.startswith("#")]
        for readme in READMES
    ]  # fmt: skip
    assert headings[0] == headings[1]
    assert commands_of(english) == commands_of(chinese)
    assert {"scripts/run --demo", "scripts/test"} <= set(commands_of(english))
    bullets = [readme.read_text(encoding="utf-8").count("\n- ") for readme in READMES]
    assert bullets[0] == bullets[1]


def heading_ids(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).strip().replace(" ", "-") for one in headings}


def test_every_link_leads_somewhere() -> None:
    lost = []
    for page in pages():
        for found in LINK.findall(page.read_text(encoding="utf-8")):
            link = "".join(found)
            if re.match(r"[a-z]+:", link):
                continue
            path, _, place = unquote(link).partition("#")
            target = page if not path else (page.parent / path).resolve()
            if not target.exists() or (place and place not in heading_ids(target)):
                lost.append(f"{page.relative_to(ROOT)}: {link}")
    assert not lost


def test_decisions_are_numbered_without_holes() -> None:
    found = sorted((DOCS / "decisions").glob("*.md"))
    for number, page in enumerate(found, start=1):
        assert page.name.startswith(f"{number:04d}-")
        assert page.read_text(encoding="utf-8").startswith(f"# {number}. ")
        assert "\nStatus: " in page.read_text(encoding="utf-8")


def test_every_picture_is_used_and_small() -> None:
    used = "".join(page.read_text(encoding="utf-8") for page in pages())
    for picture in (DOCS / "pictures").iterdir():
        assert picture.name in used, picture.name
        assert picture.stat().st_size <= MOST_PICTURE_BYTES, picture.name
