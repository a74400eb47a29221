"""Documents go with an application: who may attach and read them, and what is signed of them."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from typing import Any

import pytest
from aiohttp import FormData
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.accounts.roles import Role
from server.database import DATABASE
from tests.server.approvals.conftest import CHAIN, Chamber
from tests.server.pages.test_form_pdf import words_of

PDF = b"%PDF-1.7\nan indictment"


async def attach(
    chamber: Chamber,
    application: dict[str, Any],
    who: str,
    data: bytes = PDF,
    name: str = "起诉书.pdf",
) -> Any:  # noqa: ANN401
    form = FormData({"name": name})
    form.add_field("file", BytesIO(data), filename="x", content_type="application/octet-stream")
    headers = {"technician": chamber.hall.technician}.get(who) or chamber.by[who]
    path = f"/api/v1/applications/{application['id']}/attachments"
    return await chamber.service.client.post(path, data=form, headers=headers)


async def test_documents_are_signed_with_the_application(chamber: Chamber) -> None:
    draft = await chamber.apply()
    before = await chamber.journal()
    for who in ("head", "technician"):  # neither applied nor is to sign now
        assert (await attach(chamber, draft, who)).status == 403
    made = await attach(chamber, draft, "applicant")
    assert made.status == 201, await made.text()
    one = await made.json()
    assert one["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert await chamber.journal() == before  # of a draft the journal knows nothing

    application = await chamber.submit(draft)
    async with chamber.service.app[DATABASE].read() as connection:
        laid = await connection.scalar(text("SELECT text FROM submissions"))
    assert json.loads(laid)["attachments"] == [["起诉书.pdf", one["sha256"]]]
    assert (await attach(chamber, application, "applicant")).status == 403  # it is being signed
    opinion = await attach(chamber, application, "head", b"\x89PNG\r\n\x1a\n", "批注.png")
    assert opinion.status == 201
    for who in CHAIN:
        assert (await chamber.sign(application, who)).status == 200
    assert (await attach(chamber, application, "vice")).status == 403
    shown = await chamber.show(application)
    assert [(its["name"], its["by"]) for its in shown["attachments"]] == [
        ("起诉书.pdf", "Applicant"),
        ("批注.png", "Head"),
    ]
    for one in shown["attachments"]:
        await both_forms_list(chamber, application, one)
    [noted] = [its for its in await chamber.journal() if its.action == "application.attach"]
    assert (await opinion.json())["sha256"] in noted.details


async def both_forms_list(
    chamber: Chamber, application: dict[str, Any], one: dict[str, Any]
) -> None:
    client, sheet = chamber.service.client, f"/console/applications/{application['id']}/sheet"
    page = await (await client.get(sheet, headers=chamber.by["vice"])).text()
    pdf = await (await client.get(f"{sheet}.pdf", headers=chamber.by["vice"])).read()
    _, printed = words_of(pdf)
    for words in (one["name"], one["sha256"], f"{one['bytes']:,}"):
        assert words in page
        assert words in printed


async def test_a_document_is_fetched_as_it_was_attached(chamber: Chamber) -> None:
    draft = await chamber.apply()
    one = await (await attach(chamber, draft, "applicant", name=' a"\u4e00/b ')).json()
    path = f"/applications/{draft['id']}/attachments/{one['id']}"
    response = await chamber.call("GET", path, "head")
    assert await response.read() == PDF
    assert response.content_type == "application/pdf"
    told = response.headers["Content-Disposition"]
    assert told == "attachment; filename*=UTF-8''a%22%E4%B8%80%2Fb"
    chamber.by["clerk"] = await chamber.service.token("cai", Role.CLERK, chamber.hall.court)
    assert (await chamber.call("GET", path, "clerk")).status == 403
    assert (await chamber.call("GET", f"{path}x", "head")).status == 404
    blob = next((chamber.service.data / "blobs").rglob("attached-*"))
    blob.write_bytes(b"%PDF-1.7\nanother one")
    assert (await chamber.call("GET", path, "head")).status == 503


async def test_what_is_no_document_is_refused(chamber: Chamber) -> None:
    draft = await chamber.apply()
    for data, name in (
        (b"<html><script>alert(1)</script>", "page"),
        (b"", "nothing"),
        (b"MZ%PDF-", "program"),
        (PDF, ""),
        (PDF, "x" * 121),
        (PDF, "a\u202eb"),
    ):
        assert (await attach(chamber, draft, "applicant", data, name)).status == 422, name
    assert (await attach(chamber, draft, "applicant", b"%PDF-" + bytes(12 << 20))).status == 413
    path = f"/applications/{draft['id']}/attachments"
    assert (await chamber.call("POST", path, "applicant", {})).status == 415
    assert (await chamber.show(draft))["attachments"] == []


async def test_documents_go_with_a_draft_and_stay_with_what_was_submitted(
    chamber: Chamber,
) -> None:
    draft = await chamber.apply()
    await attach(chamber, draft, "applicant")
    secret = chamber.form(E_01="yes") | {"version": draft["version"]}
    assert (
        await chamber.call("PUT", f"/applications/{draft['id']}", "applicant", secret)
    ).status == 422
    assert not list((chamber.service.data / "blobs").rglob("attached-*"))
    again = await chamber.apply()
    await attach(chamber, again, "applicant")
    await chamber.submit(again)
    for statement in (
        "DELETE FROM approval_attachments",
        "UPDATE approval_attachments SET sha256 = 'x'",
    ):
        with pytest.raises(DBAPIError):
            async with chamber.service.app[DATABASE].begin() as connection:
                await connection.execute(text(statement))
