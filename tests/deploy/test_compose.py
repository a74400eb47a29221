"""docker-compose.yml and what it names."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.deploy import certificate
from server.settings import Settings

ROOT = Path(__file__).parent.parent.parent
COMPOSE = ROOT / "docker-compose.yml"
DEPLOY = ROOT / "scripts" / "deploy"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found = yaml.safe_load(COMPOSE.read_text())["services"]
    assert isinstance(found, dict)
    return found


def test_the_file_follows_the_compose_schema() -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    command = [str(program), "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_services_wait_for_services_that_exist(services: dict[str, Any]) -> None:
    assert set(services) >= {"app", "postgres", "redis", "nginx"}
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in services, name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[other], other


def test_nginx_is_given_every_setting_of_its_template(services: dict[str, Any]) -> None:
    template = (DEPLOY / "nginx.conf.template").read_text()
    wanted = set(re.findall(r"\$\{(TINGBO_[A-Z_]+)\}", template))
    assert wanted <= set(services["nginx"]["environment"])
    assert "${TINGBO_…}" in template  # the only other ${: in a comment
    assert len(re.findall(r"\$\{", template)) == len(re.findall(r"\$\{TINGBO_", template))


def test_no_password_is_written_down(services: dict[str, Any]) -> None:
    password = services["postgres"]["environment"]["POSTGRES_PASSWORD"]
    assert password.startswith("${POSTGRES_PASSWORD:?")
    assert password in services["app"]["environment"]["TINGBO_DATABASE_URL"]


def test_the_service_knows_every_setting_it_is_given(services: dict[str, Any]) -> None:
    given = {
        name: re.sub(r"\$\{[^}]*:-([^}]*)\}", r"\1", value)
        for name, value in services["app"]["environment"].items()
    }
    settings = Settings.from_env(given)
    assert settings.behind_tls
    assert settings.trusted_proxies == 1
    assert settings.public_url == "https://localhost"


def test_the_image_is_made_of_files_that_exist() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = [
        line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line
    ]
    missing = [name for names in copied for name in names if not any(ROOT.glob(name))]
    assert copied
    assert not missing


def test_a_certificate_is_made_once(tmp_path: Path) -> None:
    assert certificate.make(tmp_path, ["localhost", "127.0.0.1"])
    first = (tmp_path / "cert.pem").read_bytes()
    assert not certificate.make(tmp_path, ["localhost"])
    assert (tmp_path / "cert.pem").read_bytes() == first
    assert (tmp_path / "key.pem").stat().st_mode & 0o077 == 0
