"""Hands letters to the court's mail server (RFC 5321), from a thread.

Whoever is there is not trusted with time: each answer has 15 s, a letter one minute, then the line
is cut. A password goes over TLS only, and a server that offers none where it should gets nothing.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Final

from server.mailing.model import Later, MailServer, Refused

ANSWER_S: Final = 15.0
LETTER_S: Final = 60.0
_FOR_GOOD: Final = range(500, 600)


class Post:
    """Delivers one letter at a time; ``cut`` ends it from another thread."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self.line: smtplib.SMTP | None = None

    def deliver(self, letter: EmailMessage, to: str) -> None:
        """Hand a letter over; raises ``Later`` or ``Refused``, which tell the kind and no more."""
        limit = threading.Timer(LETTER_S, self.cut)
        limit.daemon = True
        limit.start()
        try:
            with self._connected() as line:
                line.send_message(letter, from_addr=self._server.sender, to_addrs=[to])
        except smtplib.SMTPRecipientsRefused as problem:
            code = next((code for code, _ in problem.recipients.values()), 0)
            raise _kind(problem, code) from None
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as problem:
            raise _kind(problem, problem.smtp_code) from None
        except smtplib.SMTPResponseException as problem:  # signing in, too: somebody will mend it
            raise Later(f"{type(problem).__name__} {problem.smtp_code}") from None
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            raise Later(type(problem).__name__) from None
        finally:
            limit.cancel()

    def cut(self) -> None:
        """End what is being delivered."""
        line = self.line
        if line is not None and line.sock is not None:
            with contextlib.suppress(OSError):
                line.sock.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        its = self._server
        line = (_Encrypted if its.tls == "implicit" else _Plain)(self, its)
        try:
            if its.tls == "starttls":
                line.starttls(context=ssl.create_default_context())
            if its.user:
                line.login(its.user, its.password)
            yield line
            with contextlib.suppress(smtplib.SMTPException, OSError):  # it has the letter already
                line.quit()
        finally:
            self.line = None
            line.close()


class _Plain(smtplib.SMTP):
    """A line that can be cut from when it is dialled on: the greeting may never come."""

    def __init__(self, post: Post, its: MailServer) -> None:
        post.line = self
        super().__init__(its.host, its.port, its.name, timeout=ANSWER_S)


class _Encrypted(smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""

    def __init__(self, post: Post, its: MailServer) -> None:
        post.line = self
        context = ssl.create_default_context()
        super().__init__(its.host, its.port, its.name, timeout=ANSWER_S, context=context)


def _kind(problem: Exception, code: int) -> Later | Refused:
    told = f"{type(problem).__name__} {code}"
    return Refused(told) if code in _FOR_GOOD else Later(told)
