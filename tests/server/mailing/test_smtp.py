"""Letters are handed to a real mail server: over TLS with a password, or not at all."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.mailing import smtp
from server.mailing.letters import message
from server.mailing.model import Later, Letter, MailServer, NotDelivered, Refused, Tls, mailbox
from server.mailing.smtp import Post
from tests.services.mail_server import MailServerRun, mail_server
from tests.services.smtp_program import BUSY, NOBODY, PASSWORD, USER

SENDER = "tingbo@court.example"
TO = "ada@court.example"


@pytest.fixture(scope="module")
def plain() -> Iterator[MailServerRun]:
    """A server that asks for nothing."""
    with mail_server() as its:
        yield its


def send(port: int, tls: Tls = "none", *, user: str = "", password: str = "", to: str = TO) -> None:
    """Hand a letter over."""
    server = MailServer("localhost", port, tls, SENDER, "court.example", user, password)
    its = Letter(mailbox("p", to, "zh-CN"), ())
    told = message(its, SENDER, "https://court.example/console", datetime.now(UTC), "m1")
    Post(server).deliver(told, to)


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_with_tls_a_password_is_told_and_only_to_who_proves_its_name(
    tls: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, password = USER.decode(), PASSWORD.decode()
    with mail_server(tls) as its:
        with pytest.raises(Later, match="SSLCertVerificationError"):
            send(its.port, tls, user=user, password=password)
        monkeypatch.setenv("SSL_CERT_FILE", str(its.certificate))
        with pytest.raises(Later, match="SMTPAuthenticationError 535") as refused:
            send(its.port, tls, user=user, password="guessed")  # noqa: S106
        assert "guessed" not in str(refused.value)
        send(its.port, tls, user=user, password=password)
        [letter] = its.letters()
    assert letter["X-Rcpt"] == letter["To"] == TO


def test_a_server_without_tls_gets_nothing_where_tls_is_set(plain: MailServerRun) -> None:
    before = len(plain.letters())
    with pytest.raises(Later, match="SMTPNotSupportedError"):
        send(plain.port, "starttls")
    assert len(plain.letters()) == before


@pytest.mark.parametrize(("to", "kind"), [(NOBODY, Refused), (BUSY, Later)])
def test_what_is_refused_for_good_is_told_from_what_can_be_tried_again(
    plain: MailServerRun, to: str, kind: type[NotDelivered]
) -> None:
    with pytest.raises(kind) as refused:
        send(plain.port, to=to)
    assert to not in str(refused.value)  # logs name nobody


def test_a_server_that_is_away_or_says_nothing_costs_a_bounded_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as deaf:  # it has the port, and listens to nobody
        deaf.bind(("127.0.0.1", 0))
        with pytest.raises(Later, match="ConnectionRefusedError"):
            send(deaf.getsockname()[1])
    monkeypatch.setattr(smtp, "LETTER_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(Later):  # the system takes the connection, and nobody speaks there
            send(port)  # cut by the limit of a letter, long before that of an answer


def test_the_password_is_in_no_repr(tmp_path: Path) -> None:
    assert "secret" not in repr(MailServer("h", 1, "none", SENDER, str(tmp_path), "u", "secret"))
