"""The RTSP client against the project's own sender, disturbed, and against cameras of a script."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import hashlib
import itertools
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from media.errors import FeedLost
from media.feeds import issues, rtp_stream
from media.feeds.arrival import Arrived, Item, Notice, Reception
from media.feeds.clip import Clip, load_clip
from media.feeds.parameters import H264, units
from media.feeds.rtsp import RtspSource
from media.feeds.rtsp_auth import Credentials
from media.feeds.rtsp_connection import Address, Connection
from media.feeds.rtsp_sender import RtspSender
from media.spool.record import Stream
from tests.media.feeds.cameras import code_of, make_clip
from tests.media.feeds.scripted import OK, PACKET, SDP, scripted

pytestmark = pytest.mark.media
PICTURES = 24


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return load_clip(make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=0.96))


def now_us() -> int:
    return time.monotonic_ns() // 1000


@dataclass
class Watched:
    """What a source gave until enough pictures were seen."""

    items: list[Item] = field(default_factory=list)

    def pictures(self) -> list[Arrived]:
        return [
            item
            for item in self.items
            if isinstance(item, Arrived) and item.timing.stream == "video"
        ]

    def lost(self) -> int:
        return sum(item.lost for item in self.items if isinstance(item, Reception))

    def notices(self) -> list[str]:
        return [item.code for item in self.items if isinstance(item, Notice)]


def watch(source: RtspSource, pictures: int = PICTURES, seconds: float = 0) -> Watched:
    watched, begun = Watched(), time.monotonic()
    try:
        source.open()
        while len(watched.pictures()) < pictures or time.monotonic() - begun < seconds:
            watched.items += source.read()
    finally:
        source.close()
    return watched


def slices(payload: bytes) -> bytes:
    return b"".join(unit for unit in units(payload) if H264.kind(unit) in (1, 5))


def places(clip: Clip, watched: Watched) -> Iterator[int]:
    """Yield where in the clip each picture lies that came whole."""
    known = [slices(packet.payload) for packet in clip.packets if packet.stream == "video"]
    return (known.index(slices(one.payload)) for one in watched.pictures())


async def watched(url: str, pictures: int = PICTURES, seconds: float = 0) -> Watched:
    return await asyncio.to_thread(watch, RtspSource(url, now_us), pictures, seconds)


@pytest.mark.parametrize("transport", ["", "#udp"])
async def test_no_picture_is_missed_from_the_first_key_frame_on(clip: Clip, transport: str) -> None:
    async with RtspSender({"a": clip}) as sender:
        found = await watched(sender.url("a") + transport)
    assert found.pictures()[0].keyframe
    assert list(places(clip, found))[:PICTURES] == list(range(PICTURES))
    assert (found.lost(), found.notices()) == (0, [])


@pytest.mark.parametrize("transport", ["", "#udp"])
async def test_overtaken_packets_get_their_places(clip: Clip, transport: str) -> None:
    held: dict[Stream, bytes] = {}
    seen = itertools.count()

    def overtake(stream: Stream, data: bytes) -> Sequence[bytes]:
        if next(seen) > 5 and data[3] % 5 == 0 and stream not in held:
            held[stream] = data
            return ()
        late = held.pop(stream, None)
        return (data,) if late is None else (data, late, data)  # and a double

    async with RtspSender({"a": clip}) as sender:
        sender.disturb = overtake
        found = await watched(sender.url("a") + transport)
    assert list(places(clip, found))[:PICTURES] == list(range(PICTURES))
    assert found.lost() == 0


async def test_what_is_lost_is_counted_and_no_cut_picture_is_given(clip: Clip) -> None:
    async with RtspSender({"a": clip}) as sender:
        sender.disturb = lambda _, data: () if data[3] % 20 == 7 else (data,)
        found = await watched(sender.url("a"), seconds=2.2)
    expected = sum(item.expected for item in found.items if isinstance(item, Reception))
    assert found.lost() > 3
    assert abs(found.lost() / expected - 0.05) < 0.02
    sent = {unit for packet in clip.packets for unit in units(packet.payload)}
    assert all(unit in sent for one in found.pictures() for unit in units(one.payload))


async def test_udp_that_does_not_come_through_gives_way_to_tcp(clip: Clip) -> None:
    async with RtspSender({"a": clip}) as sender:
        source = RtspSource(sender.url("a") + "#udp", now_us)
        sender.disturb = lambda _, __: ()
        with pytest.raises(FeedLost) as lost:
            await asyncio.to_thread(watch, source)
        assert lost.value.code == issues.UDP_BLOCKED
        sender.disturb = lambda _, data: (data,)
        found = await asyncio.to_thread(watch, source, 1)
    assert found.notices() == [issues.UDP_BLOCKED]


async def test_a_camera_without_udp_is_asked_for_tcp_at_once(clip: Clip) -> None:
    async with RtspSender({"a": clip}) as sender:
        sender.has_udp = False
        found = await watched(sender.url("a") + "#udp", 1)
    assert found.notices() == [issues.UDP_BLOCKED]


@pytest.mark.parametrize("scheme", ["basic", "MD5", "SHA-256"])
async def test_a_camera_asks_who_is_there(clip: Clip, scheme: str) -> None:
    async with RtspSender({"a": clip}, credentials=Credentials("me", "p@s:s", scheme=scheme)) as it:
        found = await watched(f"rtsp://me:p%40s%3As@127.0.0.1:{it.port}/a", 1)
        assert found.pictures()[0].keyframe
        for who in ("", "me:wrong@", "you:p%40s%3As@"):
            source = RtspSource(f"rtsp://{who}127.0.0.1:{it.port}/a", now_us)
            assert await asyncio.to_thread(code_of, source.open) == issues.UNAUTHORISED


def asking(nonce: str) -> str:
    told = f'WWW-Authenticate: Digest realm="r", nonce="{nonce}"\r\n'
    return f"RTSP/1.0 401 Unauthorized\r\nCSeq: {{n}}\r\n{told}\r\n"


async def test_a_camera_is_told_a_wrong_password_once_by_a_connection() -> None:
    """Most cameras ask with another nonce each time, and lock out who is wrong a few times."""
    async with scripted(DESCRIBE=[asking(f"n{one}") for one in range(5)]) as camera:
        source = RtspSource(f"rtsp://me:wrong@127.0.0.1:{camera.port}/a", now_us)
        assert await asyncio.to_thread(code_of, source.open) == issues.UNAUTHORISED
        assert camera.asked.count("DESCRIBE") == 2  # without a password, and with it


async def test_a_sign_of_life_is_proved_anew_at_once() -> None:
    usual = f"{OK}\r\n"
    async with scripted(OPTIONS=[asking("a"), usual, asking("b"), usual]) as camera:
        address = Address.parse(f"rtsp://me:secret@127.0.0.1:{camera.port}/a")

        def talk() -> None:
            connection = Connection(address, time.monotonic() + 30)
            connection.request("OPTIONS", address.url)
            connection.send("OPTIONS", address.url)  # as a session does every half minute
            while camera.asked.count("OPTIONS") < 4:
                assert not connection.receive(0.05)
            connection.close()

        async with asyncio.timeout(30):
            await asyncio.to_thread(talk)


def certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """Make a camera's own certificate; return its server side and its fingerprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "camera")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today)
        .not_valid_after(today + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "camera.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, hashlib.sha256(made.public_bytes(serialization.Encoding.DER)).hexdigest()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def by_tls(port: int, context: ssl.SSLContext) -> AsyncIterator[int]:
    """Put TLS before a port; gives the port of it."""
    tasks: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, to = await asyncio.open_connection("127.0.0.1", port)
        tasks.append(asyncio.create_task(_pour(reader, to)))
        tasks.append(asyncio.create_task(_pour(behind, writer)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.wait([*tasks, asyncio.create_task(asyncio.sleep(0))], timeout=2)


async def test_tls_with_the_certificate_that_was_named(clip: Clip, tmp_path: Path) -> None:
    context, fingerprint = await asyncio.to_thread(certificate, tmp_path)
    async with RtspSender({"a": clip}) as sender, by_tls(sender.port, context) as port:
        url = f"rtsps://127.0.0.1:{port}/a"
        assert (await watched(f"{url}#pin={fingerprint}", 1)).pictures()[0].keyframe
        for wrong in (url, f"{url}#pin={'0' * 64}"):
            source = RtspSource(wrong, now_us)
            assert await asyncio.to_thread(code_of, source.open) == issues.CERTIFICATE


def describing(sdp: str) -> str:
    return f"{OK}Content-Length: {len(sdp)}\r\n\r\n{sdp}"


def transported(told: str) -> str:
    return f"{OK}Session: 1\r\nTransport: {told}\r\n\r\n"


async def test_a_camera_that_knows_only_udp_is_received_by_udp() -> None:
    unknown = "RTSP/1.0 461 Unsupported Transport\r\nCSeq: {n}\r\n\r\n"
    setups = [unknown, transported("RTP/AVP;server_port=5000-5001")]
    async with scripted(SETUP=setups) as camera:
        source = RtspSource(f"rtsp://127.0.0.1:{camera.port}/a", now_us)
        assert len(await asyncio.to_thread(source.open)) == 1
        assert camera.asked.count("SETUP") == 2
        source.close()
    async with scripted(SETUP=unknown) as camera:
        source = RtspSource(f"rtsp://127.0.0.1:{camera.port}/a", now_us)
        assert await asyncio.to_thread(code_of, source.open) == issues.UNSUPPORTED
        assert camera.asked.count("SETUP") == 2


async def test_a_camera_that_names_no_port_is_refused() -> None:
    async with scripted(SETUP=transported("RTP/AVP;server_port=5000-99999")) as camera:
        source = RtspSource(f"rtsp://127.0.0.1:{camera.port}/a#udp", now_us)
        assert await asyncio.to_thread(code_of, source.open) == issues.GARBAGE


async def test_a_camera_that_talks_without_answering_is_refused() -> None:
    async with scripted(DESCRIBE="") as camera:
        source = RtspSource(f"rtsp://127.0.0.1:{camera.port}/a", now_us)
        flood = (b"$\0\xff\xff" + bytes(65_535)) * 160
        camera.say(flood)
        assert await asyncio.to_thread(code_of, source.open) == issues.GARBAGE


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (
            {"DESCRIBE": "RTSP/1.0 302 Moved\r\nCSeq: {n}\r\nLocation: rtsp://evil/\r\n\r\n"},
            "redirected",
        ),
        ({"SETUP": "RTSP/1.0 453 Not Enough Bandwidth\r\nCSeq: {n}\r\n\r\n"}, "busy"),
        ({"DESCRIBE": describing("m=video 0 RTP/AVP 26\r\n")}, "unsupported"),
        ({"DESCRIBE": describing("v=0\r\n")}, "no_media"),
        ({"DESCRIBE": "nonsense\r\n\r\n"}, "garbage"),
        ({"PLAY": "RTSP/1.0 500 Oops\r\nCSeq: {n}\r\n\r\n"}, "refused"),
        (
            {"OPTIONS": "RTSP/1.0 401 No\r\nCSeq: {n}\r\nWWW-Authenticate: Odd\r\n\r\n"},
            "unauthorised",
        ),
    ],
)
async def test_refusals_have_their_codes(answers: dict[str, str], code: str) -> None:
    async with scripted(**answers) as camera:
        source = RtspSource(f"rtsp://me:secret@127.0.0.1:{camera.port}/a", now_us)
        assert await asyncio.to_thread(code_of, source.open) == code


async def reads(source: RtspSource, until: Callable[[list[Item]], bool]) -> list[Item]:
    found: list[Item] = []
    async with asyncio.timeout(30):
        while not until(found):
            found += await asyncio.to_thread(source.read)
    return found


async def test_a_session_is_kept_alive_and_a_camera_may_ask_too() -> None:
    public = "RTSP/1.0 200 OK\r\nCSeq: {n}\r\nPublic: SETUP, GET_PARAMETER\r\n\r\n"
    async with scripted(OPTIONS=public) as camera:
        source = RtspSource(f"rtsp://127.0.0.1:{camera.port}/a", now_us)
        await asyncio.to_thread(source.open)
        framed = b"$\0" + len(PACKET).to_bytes(2, "big") + PACKET
        camera.say(b"OPTIONS * RTSP/1.0\r\nCSeq: 99\r\n\r\n" + framed + b"\r\n" + framed[:9])
        camera.say(framed[9:])
        found = await reads(source, lambda _: "GET_PARAMETER" in camera.asked)
        assert sum(isinstance(item, Arrived) for item in found) == 1  # the second is a double
        camera.say(b"RTSP/1.0 454 Session Not Found\r\nCSeq: 6\r\n\r\n")
        with pytest.raises(FeedLost) as lost:
            await reads(source, lambda _: False)
        assert lost.value.code == issues.CLOSED
        source.close()


async def test_sound_that_cannot_be_recorded_is_told() -> None:
    sdp = SDP + "m=audio 0 RTP/AVP 9\r\na=control:t2\r\n"
    async with scripted(DESCRIBE=describing(sdp)) as camera:
        source = RtspSource(f"rtsp://127.0.0.1:{camera.port}/a", now_us)
        assert len(await asyncio.to_thread(source.open)) == 1
        assert await asyncio.to_thread(source.read) == [Notice(issues.SOUND_UNSUPPORTED)]
        source.close()


async def test_another_format_in_mid_stream_has_the_camera_asked_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rtp_stream, "_FOREIGN_US", 100_000)
    async with scripted() as camera:
        source = RtspSource(f"rtsp://127.0.0.1:{camera.port}/a", now_us)
        await asyncio.to_thread(source.open)
        other = bytes([PACKET[0], PACKET[1] + 1]) + PACKET[2:]
        framed = b"$\0" + len(other).to_bytes(2, "big") + other

        def say_more(_: list[Item]) -> bool:
            camera.say(framed)
            return False

        with pytest.raises(FeedLost) as lost:
            await reads(source, say_more)
        assert lost.value.code == issues.CHANGED
        source.close()


async def test_silence_and_nonsense_end_a_feed() -> None:
    for said, code in ((b"", issues.STALLED), (b"\x80\0nonsense\r\n\r\n", issues.GARBAGE)):
        async with scripted() as camera:
            source = RtspSource(f"rtsp://127.0.0.1:{camera.port}/a", now_us)
            await asyncio.to_thread(source.open)
            camera.say(said)
            with pytest.raises(FeedLost) as lost:
                await reads(source, lambda _: False)
            assert lost.value.code == code
            source.close()
