"""A viewer that is GStreamer's: ``python3 gstreamer_viewer.py URL PICTURES SECONDS``, by WHEP.

It runs under the system's Python, for which Debian packages GStreamer's bindings, and so imports
nothing of the project. ``webrtcbin`` offers to receive H.264 and Opus and has a jitter buffer of
its own (300 ms); both are decoded. After so many pictures, once the tone was heard, or after so
many seconds a line of JSON says what came: of each picture when it came (Unix milliseconds) and
the cells of the clock strip (a byte of luma each, in hexadecimal), the picture's width, how loud
the sound was and when it was first loud.
"""

from __future__ import annotations

import array
import json
import sys
import time
import urllib.request
from typing import Any

import gi  # type: ignore[import-not-found]

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import (  # type: ignore[import-not-found]  # noqa: E402
    GLib,
    Gst,
    GstApp,  # noqa: F401 - its import is what gives the sinks their methods
    GstSdp,
    GstWebRTC,
)

STRIP_AT, CELLS = 0.06, 20  # as tests.story.clock_strip has them
LOUD = 1000  # of 32,767
ANSWERS_WITHIN = 60
BIT_RATE = 2_000_000
LATENCY_MS = 300
"""GStreamer's own 200 ms are enough to ask again once; a second request comes too late."""
PICTURE = (
    "application/x-rtp,media=video,encoding-name=H264,payload=96,clock-rate=90000,"
    "packetization-mode=(string)1,profile-level-id=(string)42e01f"
)
SOUND = (
    "application/x-rtp,media=audio,encoding-name=OPUS,payload=97,clock-rate=48000,"
    "encoding-params=(string)2"
)
SHOW = (
    "videoconvert ! video/x-raw,format=GRAY8 ! appsink name=sink sync=true emit-signals=true",
    "audioconvert ! audio/x-raw,format=S16LE ! appsink name=sink sync=true emit-signals=true",
)


class Viewer:
    """One session, from the offer to the last picture."""

    def __init__(self, url: str, wanted: int, seconds: float) -> None:
        self.loop, self.width, self.loudest = GLib.MainLoop(), 0, 0
        self.pictures: list[tuple[float, str]] = []
        self.answered_ms = 0.0
        self.heard_ms: float | None = None
        self._url, self._wanted, self._seconds = url, wanted, seconds
        self._pipeline = Gst.Pipeline.new("viewer")
        self._peer = Gst.ElementFactory.make("webrtcbin", "peer")
        self._peer.set_property("latency", LATENCY_MS)
        self._peer.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        self._pipeline.add(self._peer)
        self._buffers: list[Any] = []
        self._rtpbin = self._peer.get_by_name("rtpbin")
        self._rtpbin.connect(
            "new-jitterbuffer", lambda _, buffer, *__: self._buffers.append(buffer)
        )
        self._peer.connect("pad-added", self._on_pad)
        self._peer.connect("notify::ice-gathering-state", self._on_gathering)
        for caps in (PICTURE, SOUND):
            receives = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
            self._peer.emit("add-transceiver", receives, Gst.Caps.from_string(caps))
            transceiver = self._peer.emit("get-transceiver", 0 if caps is PICTURE else 1)
            # For the sound too: in a bundle the last one's wish is taken for all (1.22).
            transceiver.set_property("do-nack", True)

    def watch(self) -> None:
        """Offer, and let it run until enough has come."""
        self._pipeline.set_state(Gst.State.PLAYING)
        self._peer.emit("create-offer", None, Gst.Promise.new_with_change_func(self._on_offer))
        GLib.timeout_add_seconds(ANSWERS_WITHIN, self._give_up)
        self.loop.run()
        self._pipeline.set_state(Gst.State.NULL)

    def _give_up(self) -> bool:
        if not self.answered_ms:
            self.loop.quit()
        return bool(GLib.SOURCE_REMOVE)

    def _on_offer(self, promise: Any) -> None:  # noqa: ANN401
        promise.wait()
        reply = promise.get_reply()  # owns the offer, which is gone with it
        self._peer.emit("set-local-description", reply.get_value("offer"), Gst.Promise.new())

    def _on_gathering(self, *_: object) -> None:
        if self._peer.props.ice_gathering_state == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            GLib.idle_add(self._post)

    def _post(self) -> bool:
        # By itself it has 3 kbit/s for RTCP, one request in three finds no room in them.
        self._rtpbin.emit("get-internal-session", 0).set_property("bandwidth", float(BIT_RATE))
        description = self._peer.props.local_description
        offer = description.sdp.as_text()
        headers = {"Content-Type": "application/sdp"}
        asked = urllib.request.Request(self._url, offer.encode(), headers)  # noqa: S310
        with urllib.request.urlopen(asked, timeout=ANSWERS_WITHIN) as response:  # noqa: S310
            told = response.read()
        self.answered_ms = now_ms()
        GLib.timeout_add(int(self._seconds * 1000), self.loop.quit)
        _, message = GstSdp.SDPMessage.new()
        GstSdp.sdp_message_parse_buffer(told, message)
        kind = GstWebRTC.WebRTCSDPType.ANSWER
        answer = GstWebRTC.WebRTCSessionDescription.new(kind, message)
        self._peer.emit("set-remote-description", answer, Gst.Promise.new())
        return bool(GLib.SOURCE_REMOVE)

    def _on_pad(self, _: object, pad: Any) -> None:  # noqa: ANN401
        decoder = Gst.ElementFactory.make("decodebin", None)
        decoder.connect("pad-added", self._on_decoded)
        self._pipeline.add(decoder)
        decoder.sync_state_with_parent()
        pad.link(decoder.get_static_pad("sink"))

    def _on_decoded(self, _: object, pad: Any) -> None:  # noqa: ANN401
        is_picture = pad.get_current_caps().to_string().startswith("video")
        shown = Gst.parse_bin_from_description(
            SHOW[0 if is_picture else 1], ghost_unlinked_pads=True
        )
        sink = shown.get_by_name("sink")
        sink.connect("new-sample", self._on_picture if is_picture else self._on_sound)
        self._pipeline.add(shown)
        shown.sync_state_with_parent()
        pad.link(shown.get_static_pad("sink"))

    def _on_picture(self, sink: Any) -> Any:  # noqa: ANN401
        sample = sink.emit("pull-sample")
        form = sample.get_caps().get_structure(0)
        self.width, height = form.get_value("width"), form.get_value("height")
        data = sample.get_buffer().extract_dup(0, sample.get_buffer().get_size())
        begin = len(data) // height * int(height * STRIP_AT)
        row = data[begin : begin + self.width]
        cells = bytes(row[int((cell + 0.5) * self.width / CELLS)] for cell in range(CELLS))
        self.pictures.append((now_ms(), cells.hex()))
        self._look()
        return Gst.FlowReturn.OK

    def _on_sound(self, sink: Any) -> Any:  # noqa: ANN401
        buffer = sink.emit("pull-sample").get_buffer()
        samples = array.array("h", buffer.extract_dup(0, buffer.get_size()))
        self.loudest = max(self.loudest, *map(abs, samples))
        if self.heard_ms is None and self.loudest > LOUD:
            self.heard_ms = now_ms()
        self._look()
        return Gst.FlowReturn.OK

    def counted(self) -> list[dict[str, Any]]:
        """Return what each jitter buffer says of packets that were lost, asked for and had."""
        names = ("num-pushed", "num-lost", "num-late", "rtx-count", "rtx-success-count", "rtx-rtt")
        stats = [buffer.get_property("stats") for buffer in self._buffers]
        return [{name: one.get_value(name) for name in names} for one in stats]

    def _look(self) -> None:
        if len(self.pictures) >= self._wanted and self.heard_ms is not None:
            self.loop.quit()


def now_ms() -> float:
    """Return the wall clock's time."""
    return time.time() * 1000


def main() -> None:
    """Watch what the command line names."""
    Gst.init(None)
    viewer = Viewer(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
    viewer.watch()
    told: dict[str, object]
    told = {"answered_ms": viewer.answered_ms, "heard_ms": viewer.heard_ms, "width": viewer.width}
    told |= {"pictures": viewer.pictures, "loudest": viewer.loudest}
    told["own"] = viewer.counted()
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
