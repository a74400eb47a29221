"""A page that publishes by WHIP with nothing of ours in it: what any browser sends of itself."""

from __future__ import annotations

from tests.story.clock_camera import FRAME_RATE
from tests.story.clock_strip import BITS, BOTTOM, CELLS, CHECK_BITS, MOST, TOP

# Draws the clock strip 25 times a second and publishes it with a tone, as any page could. The tone
# is heard while pictures of even seconds are drawn: so it can be seen whether both are in step.
PUBLISH = f"""
async (key) => {{
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [640, 360];
  const pen = canvas.getContext("2d");
  const sound = new AudioContext(), tone = sound.createOscillator(), gate = sound.createGain();
  const out = sound.createMediaStreamDestination();
  tone.connect(gate).connect(out);
  tone.start();
  let number = 0;
  setInterval(() => {{
    const check = (number ^ (number >> 4) ^ (number >> 8) ^ 5) & 15;
    const told = number * {1 << CHECK_BITS} + check;
    const bits = Array.from({{ length: {BITS + CHECK_BITS} }}, (_, at) =>
      (told >> ({BITS + CHECK_BITS - 1} - at)) & 1);
    pen.fillStyle = "#444";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    [1, 0, ...bits, 0, 1].forEach((bit, cell) => {{
      pen.fillStyle = bit ? "#fff" : "#000";
      pen.fillRect(cell * canvas.width / {CELLS}, canvas.height * {TOP},
        canvas.width / {CELLS}, canvas.height * {BOTTOM - TOP});
    }});
    gate.gain.value = number % {2 * FRAME_RATE} < {FRAME_RATE} ? 1 : 0;
    number = (number + 1) % {MOST + 1};
  }}, 40);
  const peer = globalThis.peer = new RTCPeerConnection({{ bundlePolicy: "max-bundle" }});
  const tracks = [...canvas.captureStream(25).getTracks(), ...out.stream.getTracks()];
  for (const track of tracks) peer.addTransceiver(track, {{ direction: "sendonly" }});
  await peer.setLocalDescription();
  const headers = {{ "Content-Type": "application/sdp", "Authorization": `Bearer ${{key}}` }};
  const body = peer.localDescription.sdp;
  const answer = await fetch("/whip", {{ method: "POST", headers, body }});
  await peer.setRemoteDescription({{ type: "answer", sdp: await answer.text() }});
  globalThis.session = answer.headers.get("Location");
  return answer.status;
}}
"""
