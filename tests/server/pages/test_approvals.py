"""The pages of approvals: the form, what waits, signing, sheets on paper, what is still open."""

from __future__ import annotations

from server.accounts.roles import Role
from tests.server.approvals.conftest import Chamber, chamber
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service
from tests.server.pages.test_form_pdf import words_of

__all__ = ["chamber"]
PAGE = {"Accept": "text/html"}


async def shown(chamber: Chamber, path: str, who: str, **query: str) -> str:
    headers = {"technician": chamber.hall.technician, "admin": chamber.hall.admin}
    by = headers.get(who) or chamber.by[who]
    client = chamber.service.client
    response = await client.get(f"/console{path}", params=query, headers=PAGE | by)
    assert response.status == 200, await response.text()
    return await response.text()


async def test_the_form_has_every_line_in_both_languages(chamber: Chamber) -> None:
    path = f"/hearings/{chamber.hearing}/application"
    for language, words in (
        ("zh-CN", "案件是否涉及国家秘密、国家安全？"),
        ("en", "Does the case touch a state secret or national security?"),
    ):
        text = await shown(chamber, path, "applicant", lang=language)
        assert words in text
        assert text.count("data-line=") == 29


async def test_what_waits_for_me_is_apart_from_what_waits_for_others(chamber: Chamber) -> None:
    text = await shown(chamber, "/applications", "applicant")
    assert f'href="/console/hearings/{chamber.hearing}/application"' in text
    application = await chamber.submit(await chamber.apply(reason="<b>why</b>"))
    row = f'data-application="{application["id"]}"'
    mine, others = (await shown(chamber, "/applications", "head")).split('id="others"')
    assert row in mine
    assert row not in others
    mine, others = (await shown(chamber, "/applications", "vice")).split('id="others"')
    assert row not in mine
    assert row in others
    path = f"/applications/{application['id']}"
    text = await shown(chamber, path, "head")
    assert 'id="sign"' in text
    assert "<b>why" not in text
    for who in ("vice", "applicant", "technician", "admin"):
        assert 'id="sign"' not in await shown(chamber, path, who)
    assert 'id="withdraw"' in await shown(chamber, path, "applicant")


async def test_nothing_is_applied_for_where_no_policy_holds(service: Service) -> None:
    hall = await furnish(service)
    applicant = await service.token("amy", Role.APPLICANT, hall.court)
    response = await service.client.get("/console/applications", headers=PAGE | applicant)
    assert response.status == 200
    assert '/application"' not in await response.text()


async def test_the_start_page_reminds_of_what_waits(chamber: Chamber) -> None:
    application = await chamber.submit(await chamber.apply())
    row = f'data-application="{application["id"]}" data-kind="mine" data-late="false"'
    text = await shown(chamber, "", "head", lang="en")
    assert row in text
    assert '<span class="count" id="reminder-count">1</span>' in text
    assert "reminder-count" not in await shown(chamber, "", "vice")
    await chamber.sign(application, "head", "return")
    assert 'data-kind="returned"' in await shown(chamber, "", "applicant")
    told = await chamber.did("GET", "/applications/reminders", "applicant")
    assert [one["kind"] for one in told["reminders"]] == ["returned"]
    assert told["timeliness"] == [{"role": "division_head", "signed": 1, "in_time": 1}]
    assert "1 of 1 within the limit" in await shown(chamber, "/applications", "vice", lang="en")


async def test_the_judge_is_asked_for_reasons_and_the_applicant_may_write(
    chamber: Chamber,
) -> None:
    draft = await chamber.apply(E_18="yes", E_02=None)
    path = f"/applications/{draft['id']}"
    text = await shown(chamber, path, "judge", lang="en")
    assert 'data-why="E-18"' in text
    assert "To be answered, or contradictory: E-02" in text
    assert 'id="change"' not in text
    assert 'id="change"' in await shown(chamber, path, "applicant")


async def test_both_forms_are_printed_with_their_signatures(chamber: Chamber) -> None:
    agreed = await chamber.approved(E_16="yes")
    text = await shown(chamber, f"/applications/{agreed['id']}/sheet", "vice", lang="zh-CN")
    for words in (
        "庭审直播审批表",
        "审判管理办公室",
        "Management",
        agreed["digest"],
        "本段依法不公开审理",
    ):
        assert words in text
    await chamber.did("POST", f"/applications/{agreed['id']}/withdraw", "applicant")
    none = await chamber.approved(kind="no_broadcast", E_02="yes")
    text = await shown(chamber, f"/applications/{none['id']}/sheet", "vice", lang="zh-CN")
    assert "庭审不直播审批表" in text
    assert "E-02" in text


async def test_the_pdf_says_what_the_page_says(chamber: Chamber) -> None:
    agreed = await chamber.approved(E_16="yes", reason="公众关注")
    path = f"/applications/{agreed['id']}/sheet"
    assert f"{path}.pdf" in await shown(chamber, path, "vice")
    client = chamber.service.client
    response = await client.get(f"/console{path}.pdf", headers=chamber.by["vice"])
    assert response.content_type == "application/pdf"
    _, plain = words_of(await response.read())
    for words in ("庭审直播审批表", "公众关注", "审判管理办公室", agreed["digest"]):
        assert words in plain


async def test_the_desk_says_what_is_open_before_the_start(chamber: Chamber) -> None:
    desk = f"/broadcasts/{chamber.hall.broadcast}"
    text = await shown(chamber, desk, "technician", lang="en")
    assert "Before the start: 2 points are open." in text
    text = await shown(chamber, f"{desk}/readiness", "technician")
    assert "data-condition" not in text  # there is nothing yet that it could be a condition of
    await chamber.approved()
    text = await shown(chamber, f"{desk}/readiness", "technician")
    assert 'data-condition="cameras"' in text
    chamber.by["clerk"] = await chamber.service.token("cai", Role.CLERK, chamber.hall.court)
    assert "data-condition" not in await shown(chamber, f"{desk}/readiness", "clerk")


async def test_a_court_without_a_policy_is_warned(service: Service) -> None:
    hall: Hall = await furnish(service)
    chamber = Chamber(hall, "")
    words = "No policy holds here"
    for path in (f"/broadcasts/{hall.broadcast}", f"/broadcasts/{hall.broadcast}/readiness"):
        assert "A pilot runs until" in await shown(chamber, path, "admin", lang="en")
    text = await shown(chamber, "/applications", "admin", lang="en")
    assert words in text
    assert "data-policy=" in text
    assert "data-policy=" not in await shown(chamber, "/applications", "technician")
