import asyncio
import base64
import hashlib
import hmac
import re
import time

import pytest
from aiortc import (
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.rtcconfiguration import RTCIceTransportPolicy
from av import VideoFrame

from server.turn import CREDENTIAL_SECONDS, links, read_urls
from tests.media.relay.test_process import Room, room
from tests.services.turn import TurnServer

__all__ = ["room"]

SECRET = "north"  # noqa: S105


def test_servers_are_read_from_a_setting() -> None:
    assert read_urls("") == ()
    text = "stun:s.example:3478, turn:t.example?transport=udp turns:[2001:db8::1]:443?transport=tcp"
    assert read_urls(text) == (
        "stun:s.example:3478",
        "turn:t.example?transport=udp",
        "turns:[2001:db8::1]:443?transport=tcp",
    )


@pytest.mark.parametrize(
    "text",
    ["http://t.example", "turn:", "turn:a>b", 'turn:a"b', "turn:a\x00", "t.example", "turn:é"],
)
def test_what_is_no_server_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="begins with"):
        read_urls(text)


def test_credentials_hold_for_a_hearing_day_and_are_coturns() -> None:
    link, _ = links(("turn:t.example", "turns:t.example"), SECRET, 1000.9, "abc")
    username = f"{1000 + CREDENTIAL_SECONDS}:abc"
    digest = hmac.digest(SECRET.encode(), username.encode(), hashlib.sha1)
    credential = base64.b64encode(digest).decode()
    assert link == (
        f'<turn:t.example>; rel="ice-server"; username="{username}"; '
        f'credential="{credential}"; credential-type="password"'
    )
    assert SECRET not in link


def test_a_stun_server_needs_no_credentials() -> None:
    assert links(("stun:s.example",), "", 0, "abc") == ['<stun:s.example>; rel="ice-server"']
    assert links((), "", 0, "abc") == []


def as_browsers_read(link: str) -> RTCIceServer:
    found = re.fullmatch(r'<(.*)>; rel="ice-server"; username="(.*)"; credential="(.*)"; .*', link)
    assert found
    return RTCIceServer(urls=found[1], username=found[2], credential=found[3])


@pytest.mark.media
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_viewer_in_a_closed_network_watches_by_way_of_turn(
    room: Room, turn_server: TurnServer, transport: str
) -> None:
    (link,) = links((turn_server.url(transport),), turn_server.secret, time.time(), "abc")
    through = RTCIceTransportPolicy.RELAY  # no other way is tried
    connection = RTCPeerConnection(RTCConfiguration([as_browsers_read(link)], through))
    connection.addTransceiver("video", direction="recvonly")
    await connection.setLocalDescription(await connection.createOffer())
    offer = connection.localDescription.sdp
    assert set(re.findall(r"a=candidate:.* typ (\w+)", offer)) == {"relay"}
    answer = await room.offer(offer)
    await connection.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
    (receiver,) = connection.getReceivers()
    async with asyncio.timeout(30):
        picture = await receiver.track.recv()
    assert isinstance(picture, VideoFrame)
    assert picture.width == 64
    await connection.close()
