"""How a camera's signal fares in numbers, and what to do about what is wrong with it [pure]."""

from __future__ import annotations

from media import FeedStatus
from server.translation import Language, gettext
from server.wording import marked

_ADVICE = {
    "unreachable": marked("Check power, cable and address."),
    "refused": marked("Check the port, and whether RTSP is switched on in the camera."),
    "unauthorised": marked("Enter name and password in the camera's address."),
    "not_found": marked("Check the path in the address."),
    "unsupported": marked("Choose H.264 or H.265 in the camera."),
    "garbage": marked("Restart the camera; ask its maker for newer firmware."),
    "no_video": marked("Switch the picture on in the camera's stream profile."),
    "no_media": marked("Look at the stream profile in the camera."),
    "no_key_frames": marked("Set a key frame distance of 1 to 2 s in the camera."),
    "rare_key_frames": marked("Set a key frame distance of 1 to 2 s in the camera."),
    "stalled": marked("Check the network; restart the camera."),
    "closed": marked("Too many may be watching the camera directly."),
    "timestamps": marked("If this is often so, set the camera's time server."),
    "redirected": marked("Enter the address to which the camera points."),
    "busy": marked("Close other programs that watch the camera, or raise its limit."),
    "certificate": marked("Put the certificate's fingerprint behind the address: #pin=SHA-256."),
    "sound_unsupported": marked("Choose AAC, G.711 or Opus for the sound in the camera."),
    "udp_blocked": marked("Open the firewall for UDP, or take #udp out of the address."),
    "lossy": marked("Check cable and switch; use TCP; lower the camera's bit rate."),
    "jittery": marked("Look for what else fills this network; keep cameras off Wi-Fi."),
    "nobody_pushes": marked("Start the encoder; check its server address and the firewall."),
    "wrong_key": marked("Enter this camera's key in the encoder; compare every letter."),
    "second_publisher": marked("Switch the other encoder off, or give this camera a new key."),
    "port_taken": marked("Choose another port in the camera's address, or end that program."),
    "no_such_address": marked("Enter an address of this machine, or 0.0.0.0 for all of them."),
    "no_bridge": marked("Set up the service again: scripts/run installs the program."),
    "no_device": marked("Plug it in; compare its name with those of this machine."),
    "device_busy": marked("End the program that uses it."),
    "sound_stalled": marked(
        "Check the microphone's cable, and the sound's settings in the camera."
    ),
    "drifting": marked("Restart the camera; if that does not help, have it exchanged."),
}
_FIGURES = marked(
    "loss %(loss)s %%, jitter %(jitter)s ms, key frame every %(key)s s, clock %(drift)s ppm"
)


def advice(language: Language, feed: FeedStatus | None) -> str:
    """Return what to do about a camera's trouble; empty where nothing is or can be done."""
    text = _ADVICE.get(feed.issue, "") if feed else ""
    return gettext(language, text) if text else ""


def figures(language: Language, feed: FeedStatus | None) -> str:
    """Return how the signal comes, in numbers; empty unless it does."""
    if feed is None or feed.state != "receiving" or not feed.bit_rate:
        return ""
    return gettext(
        language,
        _FIGURES,
        loss=f"{feed.loss_percent:.2g}" if feed.loss_percent else "0",
        jitter=round(feed.jitter_ms),
        key=f"{feed.key_frame_distance_s:.2g}" if feed.key_frame_distance_s else "–",
        drift=f"{feed.drift_ppm:+.0f}" if feed.drift_ppm else "–",
    )
