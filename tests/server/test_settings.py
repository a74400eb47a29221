import pytest

from server.errors import WrongSettings
from server.settings import Settings


def test_settings_come_from_the_environment_and_the_command_line() -> None:
    environ = {"TINGBO_PORT": "9000", "TINGBO_HOST": "::1", "PATH": "/bin"}
    settings = Settings.from_env(environ, {"host": "127.0.0.2", "data": None})
    assert (settings.port, settings.host, str(settings.data)) == (9000, "127.0.0.2", "data")
    assert settings.database().startswith("sqlite:////")


def test_every_wrong_variable_is_named_at_once() -> None:
    environ = {"TINGBO_PROT": "1", "TINGBO_PORT": "http", "TINGBO_REDIS_URL": "memcached://x"}
    with pytest.raises(WrongSettings) as problem:
        Settings.from_env(environ)
    for name in environ:
        assert name in str(problem.value)
    assert "memcached" not in str(problem.value)


def test_secrets_are_not_told() -> None:
    assert "s3cret" not in repr(Settings(secret="s3cret", metrics_token="s3cret"))  # noqa: S106


def test_a_turn_server_needs_its_secret() -> None:
    urls = {"TINGBO_TURN_URLS": "turn:t.example stun:s.example"}
    with pytest.raises(WrongSettings, match="TINGBO_TURN_SECRET"):
        Settings.from_env(urls)
    settings = Settings.from_env(urls | {"TINGBO_TURN_SECRET": "s3cret"})
    assert "s3cret" not in repr(settings)
    Settings.from_env({"TINGBO_TURN_URLS": "stun:s.example"})
    with pytest.raises(WrongSettings, match="TINGBO_TURN_URLS"):
        Settings.from_env({"TINGBO_TURN_URLS": "https://t.example"})


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"TINGBO_SMTP_HOST": "mail.court.example"}, "TINGBO_SMTP_HOST"),  # nowhere to lead to
        ({"TINGBO_SMTP_SENDER": "a@b.example\r\nBcc: e@evil.example"}, "TINGBO_SMTP_SENDER"),
        ({"TINGBO_SMTP_USER": "tingbo", "TINGBO_SMTP_TLS": "none"}, "TINGBO_SMTP_USER"),
        ({"TINGBO_SMTP_TLS": "maybe"}, "TINGBO_SMTP_TLS"),
        ({"TINGBO_SMTP_HOST": "mail\r\nserver"}, "TINGBO_SMTP_HOST"),
    ],
)
def test_a_mail_server_is_set_as_a_whole_or_not_at_all(given: dict[str, str], named: str) -> None:
    with pytest.raises(WrongSettings, match=named):
        Settings.from_env(given)


def test_a_mail_server_has_the_port_of_its_kind() -> None:
    known = {
        "TINGBO_PUBLIC_URL": "https://court.example",
        "TINGBO_SMTP_HOST": "mail.court.example",
        "TINGBO_SMTP_SENDER": "tingbo@court.example",
    }
    ports = {"starttls": 587, "implicit": 465, "none": 25}
    for tls, port in ports.items():
        assert Settings.from_env(known | {"TINGBO_SMTP_TLS": tls}).port_of_mail() == port
    assert Settings.from_env(known | {"TINGBO_SMTP_PORT": "2525"}).port_of_mail() == 2525
    with pytest.raises(WrongSettings, match="TINGBO_SMTP_SENDER"):
        Settings.from_env(known | {"TINGBO_SMTP_SENDER": ""})
