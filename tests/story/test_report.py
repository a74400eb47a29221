"""The clerk writes the report in the console; the public reads it, with JavaScript and without."""

from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.async_api import Locator, Page, expect

from tests.story.court import Court
from tests.story.pages import OpenPage
from tests.story.service import Service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SAID = "本院依法公开开庭审理，现在宣布开庭。"
MISTAKEN, RIGHT, WHY = "货款为一万元。", "货款为十万元。", "听记有误"
REGRETTED, TOMBSTONE_REASON = "证人住址为……", "涉及个人信息"
ALT = "法官敲响法槌"


async def sign_in(page: Page, service: Service) -> None:
    """Sign in through the form with the password that the start printed."""
    await page.locator("#name").fill(service.user)
    await page.locator("#password").fill(service.password)
    await page.locator("#sign-in-send").click()
    await page.wait_for_url("**/console")


async def open_report_desk(page: Page, broadcast: str) -> None:
    """Go to the report desk from the overview."""
    row = page.locator(f"li[data-broadcast='{broadcast}']")
    await row.locator(f"a[href='/console/broadcasts/{broadcast}/report']").click()
    await page.wait_for_url(f"**/console/broadcasts/{broadcast}/report")


async def write(page: Page, text: str, role: str = "presiding_judge", speaker: str = "") -> Locator:
    """Send a post; return it as the desk shows it."""
    await page.locator("#post-role").select_option(role)
    await page.locator("#post-speaker").fill(speaker)
    await page.locator("#post-body").fill(text)
    await page.locator("#post-send").click()
    posted = page.locator("#desk-list li.post", has_text=text)
    await expect(posted).to_have_count(1)
    return posted


def seen(viewer: Page, text: str) -> Locator:
    """Return the post with this text on a viewer's page."""
    return viewer.locator("#report-list li.post", has_text=text)


async def act(post: Locator, action: str, reason: str, text: str | None = None) -> None:
    """Correct or withdraw a post at the desk."""
    await post.locator(f"[data-action={action}]").click()
    form = post.locator("form.post-edit")
    if text is not None:
        await form.locator("textarea").fill(text)
    await form.locator("input[name=reason]").fill(reason)
    await form.locator("button.button-main").click()


async def test_what_the_clerk_writes_reaches_an_open_page(
    service: Service, open_page: OpenPage, tmp_path: Path
) -> None:
    broadcast = service.broadcasts[0].id
    viewer = await open_page(f"/broadcasts/{broadcast}")
    desk = await open_page("/console/sign-in")
    await sign_in(desk, service)
    await open_report_desk(desk, broadcast)

    await write(desk, SAID, speaker="审判长甲")
    post = seen(viewer, SAID)
    await expect(post).to_be_visible()
    await expect(post.locator(".post-speaker")).to_have_text("审判长甲")
    await expect(post.locator(".post-role")).to_have_text("审判长")

    await attach_photo(desk, tmp_path / "photo.png")
    await write(desk, "法庭现场。", "clerk")
    picture = seen(viewer, "法庭现场。").locator(f"img[alt='{ALT}']")
    await expect(picture).to_be_visible()
    await picture.scroll_into_view_if_needed()
    loaded = "image => image.decode().then(() => image.naturalWidth)"
    assert await picture.evaluate(loaded) > 0

    mistaken = await write(desk, MISTAKEN, "plaintiff")
    await expect(seen(viewer, MISTAKEN)).to_be_visible()
    await act(mistaken, "correct", WHY, RIGHT)
    corrected = seen(viewer, RIGHT)
    await expect(corrected).to_be_visible()
    await expect(corrected.locator("del")).to_have_text(MISTAKEN)
    await expect(corrected).to_contain_text(WHY)

    regretted = await write(desk, REGRETTED, "witness")
    await expect(seen(viewer, REGRETTED)).to_be_visible()
    await act(regretted, "withdraw", TOMBSTONE_REASON)
    await expect(seen(viewer, TOMBSTONE_REASON)).to_be_visible()
    await expect(seen(viewer, REGRETTED)).to_have_count(0)
    await expect(viewer.locator("#report-connection")).to_be_hidden()


async def attach_photo(desk: Page, file: Path) -> None:
    """Add a photograph to the post that is being written."""
    Image.effect_noise((320, 180), 60).convert("RGB").save(file)
    await desk.locator("#photo-box summary").click()
    await desk.locator("#photo-file").set_input_files(file)
    await desk.locator("#photo-alt").fill(ALT)
    await desk.locator("#photo-form button").last.click()
    await expect(desk.locator("#photo-list li")).to_have_count(1)


async def test_a_post_sent_twice_is_one(
    service: Service, court: Court, open_page: OpenPage
) -> None:
    broadcast = service.broadcasts[0].id
    viewer = await open_page(f"/broadcasts/{broadcast}", language="en")
    post = {"client_key": "story-twice", "role": "clerk", "body": "只此一条。"}
    first, second = [
        await court.call("POST", f"/broadcasts/{broadcast}/report/posts", post) for _ in range(2)
    ]
    assert first["id"] == second["id"]
    await court.call(
        "POST",
        f"/broadcasts/{broadcast}/report/posts",
        {"client_key": "story-after", "role": "clerk", "body": "其后一条。"},
    )
    await expect(seen(viewer, "其后一条。")).to_be_visible()
    await expect(seen(viewer, "只此一条。")).to_have_count(1)


async def test_the_report_can_be_read_without_javascript(
    service: Service, court: Court, open_page: OpenPage
) -> None:
    broadcast = service.broadcasts[0].id
    path = f"/broadcasts/{broadcast}/report/posts"
    post = {"client_key": "story-plain", "role": "witness", "body": MISTAKEN, "speaker": "证人丁"}
    made = await court.call("POST", path, post)
    await court.call("PATCH", f"{path}/{made['id']}", {"body": RIGHT, "reason": WHY})
    page = await open_page(f"/broadcasts/{broadcast}", java_script_enabled=False)
    its = page.locator(f"#post-{made['id']}")
    await expect(its).to_contain_text(RIGHT)
    await expect(its.locator("del")).to_have_text(MISTAKEN)
    await expect(its.locator(".post-speaker")).to_have_text("证人丁")
    await page.goto(f"{service.address}/")
    await expect(page.locator(f"li[data-broadcast='{broadcast}'] a").first).to_be_visible()


async def test_the_report_is_behind_the_room_by_the_delay(
    service: Service, court: Court, public: httpx.AsyncClient, open_page: OpenPage
) -> None:
    late = service.broadcasts[1]
    viewer = await open_page(f"/broadcasts/{late.id}")
    post = {"client_key": "story-late", "role": "clerk", "body": "十秒之后可见。"}
    path = f"/broadcasts/{late.id}/report/posts"
    made = await court.call("POST", path, post)
    told = (await public.get(f"/api/v1{path}")).json()["posts"]
    assert made["id"] not in {one["id"] for one in told}
    await expect(seen(viewer, "十秒之后可见。")).to_be_visible()
