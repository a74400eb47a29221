import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from server.webhooks.signature import secret_text, signed_headers

OLD, NEW = b"o" * 32, b"n" * 32
BODY = json.dumps({"type": "broadcast.live", "data": {"page": "一"}}, ensure_ascii=False).encode()


def test_a_receiver_s_own_library_takes_either_secret_and_no_other() -> None:
    headers = signed_headers([NEW, OLD], "evt_1", datetime.now(UTC), BODY)
    for secret in (NEW, OLD):
        told = Webhook(secret_text(secret)).verify(BODY, headers)
        assert told == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_text(b"x" * 32)).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_text(NEW)).verify(BODY + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_text(NEW)).verify(BODY, headers | {"webhook-id": "evt_2"})


def test_headers_are_those_of_the_standard() -> None:
    at = datetime(2026, 11, 27, 5, 0, 0, 900_000, tzinfo=UTC)
    headers = signed_headers([NEW, OLD], "evt_1", at, BODY)
    assert headers["webhook-id"] == "evt_1"
    assert headers["webhook-timestamp"] == "1795755600"
    signatures = headers["webhook-signature"].split(" ")
    assert [one[:3] for one in signatures] == ["v1,", "v1,"]
    assert secret_text(NEW).startswith("whsec_")
