"""The lock files agree with each other, with pyproject.toml and with what is installed."""

import json
import re
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,-]+\])?==(\S+)(?: ; (.+?))? \\$", re.M)
LOCKS = [
    "requirements.lock",
    "requirements-dev.lock",
    "scripts/requirements-uv.lock",
    "scripts/requirements-node.lock",
]


def pins(lock: str) -> set[tuple[str, str, str]]:
    """Return name, version and marker of every line."""
    return set(PIN.findall((ROOT / lock).read_text()))


def declared(group: str | None = None) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    chosen = project["dependency-groups"][group] if group else project["project"]["dependencies"]
    return [Requirement(line) for line in chosen]


def test_what_tests_use_contains_what_users_get() -> None:
    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_every_declared_dependency_is_locked_within_its_bounds() -> None:
    for lock, wanted in (
        ("requirements.lock", declared()),
        ("requirements-dev.lock", declared("dev")),
        ("scripts/requirements-node.lock", declared("node")),
    ):
        locked = [(name, version) for name, version, _ in pins(lock)]
        for requirement in wanted:
            name = canonicalize_name(requirement.name)
            versions = [version for found, version in locked if found == name]
            assert versions, f"{name} is not in {lock}"
            assert all(version in requirement.specifier for version in versions), name


def test_locks_name_hashes_and_no_addresses() -> None:
    for lock in LOCKS:
        text = (ROOT / lock).read_text()
        assert text.count("--hash=sha256:") >= len(pins(lock)) > 0
        assert "://" not in text
        assert "-index" not in text


def test_the_environment_holds_the_locked_versions() -> None:
    for requirement in declared() + declared("dev"):
        versions = {version for name, version, _ in pins("requirements-dev.lock")
                    if name == canonicalize_name(requirement.name)}  # fmt: skip
        assert metadata.version(requirement.name) in versions


def test_the_web_part_is_locked_with_hashes_and_no_addresses() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages
    assert all("integrity" in package and "resolved" not in package for package in packages)


def test_every_python_decodes_and_encodes_with_the_same() -> None:
    """What was tried with one version of Python holds for the others."""
    assert len({version for name, version, _ in pins("requirements.lock") if name == "av"}) == 1
