"""The service's settings: read once, from the environment and the command line [pure].

Each setting is an environment variable with the prefix ``TINGBO_`` and is listed in
``docs/settings.md``. What differs by court (time zone, delay, names) is data, not a setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from server.errors import WrongSettings
from server.relaying import LARGEST_PORT, MOST_RELAYS
from server.turn import needs_credentials, read_urls

PREFIX = "TINGBO_"
# Variables with the prefix that steer the scripts, not the service.
OF_THE_SCRIPTS = frozenset({"TINGBO_REQUIRE_TOOLS"})


class Settings(BaseModel):
    """Everything that can be set; names are the variables' names without prefix, in lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    socket: Path | None = None
    public_url: str = Field(default="", pattern=r"^(https?://[^/\s]+)?$")
    behind_tls: bool = False
    trusted_proxies: int = Field(default=0, ge=0, le=4)
    database_url: str = ""
    redis_url: str = Field(default="", pattern=r"^(rediss?://\S+|unix://\S+)?$")
    secret: str = Field(default="", repr=False)
    metrics_token: str = Field(default="", repr=False)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    max_body_bytes: int = Field(default=1024 * 1024, ge=4096, le=64 * 1024 * 1024)
    session_hours: float = Field(default=12, gt=0, le=24 * 7)
    time_zone: str = "Asia/Shanghai"
    cores: float = Field(default=0, ge=0, le=1024)
    dvr_minutes: int = Field(default=0, ge=0, le=24 * 60)
    broadcasts_at_once: int = Field(default=2, ge=1, le=64)
    keep_free_bytes: int = Field(default=512 * 1024 * 1024, ge=0)
    keys: Path | None = None
    closed_keys: Path | None = None
    second_store: Path | None = None
    watch_minutes: float = Field(default=10, ge=0, le=24 * 60)
    watch_missed: Literal["alarm", "slate"] = "alarm"
    relays: int = Field(default=0, ge=0, le=MOST_RELAYS)
    whep_addresses: str = ""
    webrtc_port: int = Field(default=0, ge=0, le=LARGEST_PORT)
    webrtc_public_addresses: str = ""
    turn_urls: str = ""
    turn_secret: str = Field(default="", repr=False, validate_default=True)
    demo: bool = False

    @field_validator("turn_urls")
    @classmethod
    def _are_ice_servers(cls, text: str) -> str:
        read_urls(text)
        return text

    @field_validator("turn_secret")
    @classmethod
    def _is_there_for_turn(cls, secret: str, info: ValidationInfo) -> str:
        urls = read_urls(info.data.get("turn_urls", ""))
        if not secret and any(needs_credentials(url) for url in urls):
            raise ValueError("a TURN server needs it")
        return secret

    @classmethod
    def from_env(
        cls, environ: Mapping[str, str], overrides: Mapping[str, Any] | None = None
    ) -> Settings:
        """Read the variables, then what the command line overrides (``None`` overrides nothing).

        Raises ``WrongSettings`` that names every wrong and every unknown variable at once.
        """
        given: dict[str, Any] = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in environ.items()
            if name.startswith(PREFIX) and name not in OF_THE_SCRIPTS
        }
        unknown = sorted(name for name in given if name not in cls.model_fields)
        wrong = [f"{PREFIX}{name.upper()} is not a setting" for name in unknown]
        for name in unknown:
            del given[name]
        given |= {name: value for name, value in (overrides or {}).items() if value is not None}
        try:
            settings = cls.model_validate(given)
        except ValidationError as problem:
            wrong += [
                f"{PREFIX}{'.'.join(map(str, one['loc'])).upper()}: {one['msg']}"
                for one in problem.errors(include_input=False, include_url=False)
            ]
            raise WrongSettings("; ".join(wrong)) from None
        if wrong:
            raise WrongSettings("; ".join(wrong))
        return settings

    def database(self) -> str:
        """Return the database's address: as set, or SQLite in the data directory."""
        return self.database_url or f"sqlite:///{self.data.absolute() / 'tingbo.sqlite'}"
