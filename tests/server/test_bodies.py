"""Hostile values in every field, parameter and address of the API's description.

Never a 5xx, never a status that is not described: neither then nor of what was withdrawn.

Who sends them holds every role: nothing is refused for want of a right before it is looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import ClientResponse

from server.accounts.model import Posting
from server.accounts.roles import Role
from server.accounts.service import ACCOUNTS
from tests.server.approvals.conftest import seat
from tests.server.broadcasts.conftest import furnish
from tests.server.conftest import PASSWORD, Service
from tests.server.test_permissions import things

pytestmark = pytest.mark.timeout(300)

PLACE = re.compile(r"{(\w+)}")
HOSTILE: tuple[Any, ...] = (
    None, "", "\0", "\ud800", "x" * 5_000, "0001-01-01T00:00:00+14:00", 10**30, [None], {"a": []},
)  # fmt: skip
FORM = "multipart/form-data"
FORMS = (
    b"", b"--x", b"--x--\r\n", b"--x\r\n[]--x--\r\n", b"--x\r\n\r\n\r\n--x--\r\n",
    b"--x\r\n: \0\r\n\r\n--x--\r\n", b"--x\r\na: " + b"b" * 20_000 + b"\r\n\r\n--x--\r\n",
    b"--x\r\n" + b"a: b\r\n" * 5_000 + b"\r\n--x--\r\n",
    b'--x\r\nContent-Disposition: form-data; name="photo"\r\nContent-Length: -1\r\n\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="photo"\r\n'
    b"Content-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--\r\n",
)  # fmt: skip
HOSTILE_WORDS = ("", "\0", "x" * 5_000, "../../etc/passwd", "9" * 30)
DEEP = "[" * 5_000 + "]" * 5_000
BODIES = ("", "null", "[]", '"x"', "{", "\x00", '{"a":1,"a":2}', DEEP, "NaN")
ENDS_ITS_OWN = {("post", "/sign-out"), ("delete", "/me/sessions"), ("delete", "/me/tokens")}


def example(schema: dict[str, Any], known: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return a value that the schema would take, as far as it says."""
    schema = resolved(schema, known)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return example(schema[word][0], known)
    for word in ("const", "default"):
        if word in schema:
            return schema[word]
    made: dict[str, Callable[[], Any]] = {
        "object": lambda: {
            name: example(schema["properties"][name], known) for name in schema.get("required", [])
        },
        "array": lambda: [example(schema["items"], known)] if schema.get("minItems") else [],
        "integer": lambda: schema.get("minimum", 1),
        "number": lambda: schema.get("minimum", 1),
        "boolean": lambda: False,
        "string": lambda: text(schema),
    }
    return made[schema.get("type", "string")]()


def resolved(schema: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = known[schema["$ref"].rpartition("/")[2]]
    return schema


def text(schema: dict[str, Any]) -> str:
    by_format = {"date-time": "2026-11-26T14:00:00+08:00", "date": "2026-11-26"}
    usual = by_format.get(schema.get("format", ""), "x" * max(schema.get("minLength", 1), 1))
    return str(next(iter(schema.get("enum", [])), usual))


def spoiled(schema: dict[str, Any], known: dict[str, Any]) -> Iterator[str]:
    """Yield bodies that are right but for one field."""
    right = example(schema, known)
    if not isinstance(right, dict):
        return
    for name in resolved(schema, known).get("properties", {}):
        for value in HOSTILE:
            yield json.dumps(right | {name: value})


def filled(path: str, ids: dict[str, str]) -> str:
    return PLACE.sub(lambda place: ids.get(place[1], "nothing"), path)


def attacks(
    method: str, path: str, operation: dict[str, Any], known: dict[str, Any], ids: dict[str, str]
) -> Iterator[tuple[str, str | None]]:
    """Yield address and body of each request to an operation."""
    there = filled(path, ids)
    for place in PLACE.findall(path):
        for word in HOSTILE_WORDS[1:]:
            spoilt = {**ids, place: quote(word, safe="")}
            yield PLACE.sub(lambda one, its=spoilt: its.get(one[1], "nothing"), path), None  # type: ignore[misc]
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query":
            for word in HOSTILE_WORDS:
                yield f"{there}?{parameter['name']}={quote(word)}", None
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if method != "get" and content:
        for body in (*BODIES, *spoiled(content["schema"], known)):
            yield there, body


async def broken_by_forms(
    service: Service, method: str, address: str, token: str
) -> list[tuple[int, str, str, str]]:
    """Send forms that are none, to an address that takes forms with files."""
    broken = []
    for form in FORMS:
        for kind in (f"{FORM}; boundary=x", FORM):
            headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
            response = await service.client.request(
                method, f"/api/v1{address}", data=form, headers=headers
            )
            if response.status >= 500:
                broken.append((response.status, method, address, repr(form[:120])))
            response.release()
    return broken


def is_wrong(response: ClientResponse, operation: dict[str, Any]) -> bool:
    """Tell whether an answer is the server's fault, or one that its description does not know."""
    described = operation["responses"].get(str(response.status))
    if response.status >= 500 or described is None:
        return True
    types = described.get("content", {response.content_type: {}})
    return not any(fnmatch(response.content_type, one) for one in types)


async def wrong_when_withdrawn(
    service: Service, paths: dict[str, Any], ids: dict[str, str], headers: dict[str, str]
) -> list[tuple[int, str, str, str]]:
    """Withdraw the broadcast as a whole; read all that there is to read of it."""
    order = {"kind": "broadcast", "reason": "minor"}
    whole = f"/broadcasts/{ids['broadcast']}/withdrawals"
    assert (await service.post(whole, order, headers=headers)).status in (201, 409)
    wrong = []
    for path, operations in paths.items():
        if "{broadcast}" not in path or path.endswith(("state/events", "console/events")):
            continue
        if (operation := operations.get("get")) and not path.endswith("frame/events"):
            response = await service.get(filled(path, ids), headers=headers)
            if is_wrong(response, operation):
                wrong.append((response.status, "get", path, "withdrawn"))
            response.release()
    return wrong


async def test_nothing_that_is_sent_breaks_the_server(service: Service) -> None:
    chamber = await seat(await furnish(service))
    ids = await things(chamber)
    accounts = service.app[ACCOUNTS]
    person = await accounts.add_person(
        "everything",
        "Everything",
        PASSWORD,
        [Posting(role, None) for role in Role],
        must_change=False,
    )
    token = await accounts.issue_token(person.id, "test")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    document = await (await service.get("/openapi.json")).json(content_type=None)
    known = document["components"]["schemas"]
    broken, sent = [], 0
    for path, operations in document["paths"].items():
        if path.endswith("/events"):
            continue  # never ends
        for method, operation in operations.items():
            if (method, path) in ENDS_ITS_OWN:
                continue
            for address, body in attacks(method, path, operation, known, ids):
                response = await service.client.request(
                    method,
                    f"/api/v1{address}",
                    data=body and body.encode(errors="replace"),
                    headers=headers,
                )
                sent += 1
                if is_wrong(response, operation):
                    broken.append((response.status, method, address[:80], (body or "")[:120]))
                response.release()
            if FORM in operation.get("requestBody", {}).get("content", {}):
                broken += await broken_by_forms(service, method, filled(path, ids), token)
    broken += await wrong_when_withdrawn(service, document["paths"], ids, headers)
    assert not broken, "\n".join(str(one) for one in broken)
    assert sent > 2_000
