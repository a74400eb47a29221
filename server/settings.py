"""The service's settings: read once, from the environment and the command line [pure].

Each setting is an environment variable with the prefix ``TINGBO_`` and is listed in
``docs/settings.md``. What differs by court (time zone, delay, names) is data, not a setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from server.destinations import read_networks
from server.errors import WrongSettings
from server.issuer import accept_issuer
from server.mail_address import is_address
from server.relaying import LARGEST_PORT, MOST_RELAYS, MOST_VIEWERS, VIEWERS
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
    relay_viewers: int = Field(default=VIEWERS, ge=1, le=MOST_VIEWERS)
    whep_addresses: str = ""
    webrtc_port: int = Field(default=0, ge=0, le=LARGEST_PORT)
    webrtc_public_addresses: str = ""
    turn_urls: str = ""
    turn_secret: str = Field(default="", repr=False, validate_default=True)
    oidc_issuer: str = ""
    oidc_client_id: str = Field(default="", max_length=255, validate_default=True)
    oidc_client_secret: str = Field(default="", repr=False)
    oidc_client_secret_file: Path | None = None
    oidc_label: str = Field(default="", max_length=60)
    oidc_name_claim: str = Field(default="", pattern=r"^[A-Za-z0-9_.:/-]{0,64}$")
    smtp_host: str = Field(default="", max_length=253, pattern=r"^[A-Za-z0-9._:-]*$")
    smtp_port: int = Field(default=0, ge=0, le=LARGEST_PORT)
    smtp_tls: Literal["starttls", "implicit", "none"] = "starttls"
    smtp_sender: str = Field(default="", validate_default=True)
    smtp_user: str = Field(default="", max_length=255, validate_default=True)
    smtp_password_file: Path | None = None
    webhook_networks: str = Field(default="", max_length=2000)
    webhook_http: bool = False
    demo: bool = False

    @field_validator("oidc_issuer")
    @classmethod
    def _is_a_provider(cls, issuer: str, info: ValidationInfo) -> str:
        if not issuer:
            return issuer
        if not info.data.get("public_url"):
            # Else whoever sends the request could say to which address the provider sends back.
            raise ValueError("needs TINGBO_PUBLIC_URL")
        return accept_issuer(issuer)

    @field_validator("oidc_client_id")
    @classmethod
    def _is_there_for_provider(cls, client: str, info: ValidationInfo) -> str:
        if not client and info.data.get("oidc_issuer"):
            raise ValueError("the provider needs it")
        return client

    @field_validator("smtp_host")
    @classmethod
    def _can_be_linked_from(cls, host: str, info: ValidationInfo) -> str:
        if host and not info.data.get("public_url"):
            raise ValueError("needs TINGBO_PUBLIC_URL, to which letters lead")
        return host

    @field_validator("smtp_sender")
    @classmethod
    def _can_be_written_from(cls, sender: str, info: ValidationInfo) -> str:
        if sender and not is_address(sender):
            raise ValueError("is no mail address")
        if not sender and info.data.get("smtp_host"):
            raise ValueError("the mail server needs it")
        return sender

    @field_validator("smtp_user")
    @classmethod
    def _signs_in_over_tls(cls, user: str, info: ValidationInfo) -> str:
        if user and info.data.get("smtp_tls") == "none":
            raise ValueError("a password needs TLS")
        return user

    @field_validator("webhook_networks")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        read_networks(text)
        return text

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

    def label_of_provider(self) -> str:
        """Return how the provider of identities is called on pages: as set, or by its host."""
        return self.oidc_label or urlsplit(self.oidc_issuer).hostname or ""

    def port_of_mail(self) -> int:
        """Return the mail server's port: as set, or what is usual for how it is spoken to."""
        usual = {"starttls": 587, "implicit": 465, "none": 25}
        return self.smtp_port or usual[self.smtp_tls]

    def database(self) -> str:
        """Return the database's address: as set, or SQLite in the data directory."""
        return self.database_url or f"sqlite:///{self.data.absolute() / 'tingbo.sqlite'}"
