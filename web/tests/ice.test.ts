import { describe, expect, it } from "vitest";
import { fragmentOf, iceServersOf, withFragment } from "../src/broadcast/ice";

describe("ICE servers of a Link header", () => {
  it("are read with their credentials", () => {
    const header =
      '<stun:ice.example>; rel="ice-server", <turn:ice.example?transport=tcp>; rel="ice-server"; ' +
      'username="17:a"; credential="a+b/c,d=="; credential-type="password"';
    expect(iceServersOf(header)).toEqual([
      { urls: "stun:ice.example" },
      { urls: "turn:ice.example?transport=tcp", username: "17:a", credential: "a+b/c,d==" },
    ]);
  });

  it("leave out everything else", () => {
    expect(iceServersOf(null)).toEqual([]);
    expect(iceServersOf('<https://x.example>; rel="ice-server", <turn:x>; rel="next"')).toEqual([]);
  });
});

const OFFER = [
  "v=0",
  "a=group:BUNDLE 0 1",
  "m=video 9 UDP/TLS/RTP/SAVPF 96",
  "c=IN IP4 0.0.0.0",
  "a=candidate:1 1 udp 2 192.0.2.1 5000 typ host",
  "a=ice-ufrag:abcd",
  "a=ice-pwd:secretsecretsecretsecret",
  "a=fingerprint:sha-256 00",
  "a=mid:0",
  "a=rtpmap:96 H264/90000",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "a=ice-ufrag:abcd",
  "a=mid:1",
  "",
].join("\r\n");

describe("a fragment", () => {
  it("holds what belongs to the transport of the first section", () => {
    expect(fragmentOf(OFFER).split("\r\n")).toEqual([
      "m=video 9 UDP/TLS/RTP/SAVPF 96",
      "a=candidate:1 1 udp 2 192.0.2.1 5000 typ host",
      "a=ice-ufrag:abcd",
      "a=ice-pwd:secretsecretsecretsecret",
      "a=mid:0",
      "",
    ]);
  });

  it("takes the place of what the answer said before", () => {
    const news = "a=ice-ufrag:new1\r\na=ice-pwd:newnewnewnewnewnewnew1\r\nm=video 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:9 1 udp 1 192.0.2.9 9 typ host\r\na=end-of-candidates\r\n";
    const lines = withFragment(OFFER, news).split("\r\n");
    expect(lines.join()).not.toContain("abcd");
    expect(lines.filter((line) => line === "a=ice-ufrag:new1")).toHaveLength(2);
    expect(lines.filter((line) => line.startsWith("a=candidate:"))).toEqual([
      "a=candidate:9 1 udp 1 192.0.2.9 9 typ host",
    ]);
    expect(lines.filter((line) => line.startsWith("m="))).toHaveLength(2);
    expect(lines).toContain("a=fingerprint:sha-256 00");
    expect(lines.at(-1)).toBe("");
  });
});
