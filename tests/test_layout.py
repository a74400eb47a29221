"""The shape of the house: what no single test of a module would notice."""

import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
DUMPING_GROUNDS = {"base", "common", "core", "helpers", "misc", "shared", "utils"}
MAX_LINES = 400
READS_CLOCK = re.compile(r"\.(now|today|utcnow|time|monotonic)\(\)")
FOLDERS = ("server", "media", "scripts", "tests")


@cache
def sources() -> list[Path]:
    """List the Python files of the working copy that git knows of or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *FOLDERS],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return sorted(
        path
        for name in set(listed.split("\0"))
        if (path := Path(name)).suffix == ".py" and (ROOT / path).exists()
    )


@cache
def pure_modules() -> list[Path]:
    """List the files that the import contract calls pure."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    pure = next(contract for contract in contracts if contract.get("id") == "pure")
    patterns = [name.replace(".", "/") for name in pure["source_modules"]]
    return [
        path
        for path in sources()
        for pattern in patterns
        if path.match(f"{pattern}.py") or Path(pattern) in path.parents
    ]


def test_every_module_fits_on_a_few_screens() -> None:
    lines = {str(path): len((ROOT / path).read_text().splitlines()) for path in sources()}
    assert not {path: count for path, count in lines.items() if count > MAX_LINES}


def test_every_module_is_named_after_what_it_does() -> None:
    names = {str(path): {part.removesuffix(".py") for part in path.parts} for path in sources()}
    assert not {path: parts for path, parts in names.items() if parts & DUMPING_GROUNDS}


def test_pure_modules_are_told_the_time() -> None:
    assert pure_modules()
    texts = {str(path): (ROOT / path).read_text() for path in pure_modules()}
    assert not {
        path: found[0] for path, text in texts.items() if (found := READS_CLOCK.search(text))
    }


def test_a_module_that_calls_itself_pure_is_held_to_it() -> None:
    pure = set(pure_modules())
    calls_itself = {
        path
        for path in sources()
        if path.parts[0] in {"media", "server"} and "[pure]" in (ROOT / path).read_text()[:2000]
    }
    assert not {str(path) for path in calls_itself - pure}


def test_tests_mirror_the_source() -> None:
    known = set(sources())
    strays = [
        str(path)
        for path in known
        if path.parts[0] == "tests"
        and path.parts[1] in {"server", "media", "scripts"}
        and path.name.startswith("test_")
        and not mirrored(path, known)
    ]
    assert not strays


def mirrored(test: Path, known: set[Path]) -> bool:
    """Tell whether `tests/media/x/test_y.py` has its `media/x/y.py` or `media/x/y/`."""
    source = test.relative_to("tests").with_name(test.name.removeprefix("test_"))
    command = source.with_suffix("")  # scripts/run has no suffix
    return source in known or (ROOT / command).exists()


def test_top_level_stays_as_it_is() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    folders = {name.split("/")[0] for name in listed.split("\0") if "/" in name}
    assert folders <= {".ci", "docs", "media", "scripts", "server", "tests", "web"}
