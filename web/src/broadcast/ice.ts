/** What WHEP says of ICE over HTTP: servers in `Link` headers, and fragments of SDP (RFC 8840 §9). */

const LINK = /<([^>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]+))*)/g;
const PARAMETER = /;\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+))/g;
/** What of a media section belongs to its transport and goes into a fragment. */
const OF_TRANSPORT = /^a=(?:mid|ice-ufrag|ice-pwd|ice-options|candidate|end-of-candidates)\b/;
const OF_ICE = /^a=(?:ice-ufrag|ice-pwd|ice-options|candidate|end-of-candidates)\b/;

/** The ICE servers that an answer's `Link` header names (RFC 9725 §4.6). */
export function iceServersOf(header: string | null): RTCIceServer[] {
  if (header === null) return [];
  return [...header.matchAll(LINK)].flatMap(([, url = "", rest = ""]) => {
    const its = parametersOf(rest);
    const isServer = its["rel"] === "ice-server" && /^(?:stuns?|turns?):/.test(url);
    return isServer ? [serverAt(url, its["username"], its["credential"])] : [];
  });
}

function parametersOf(text: string): Partial<Record<string, string>> {
  const pairs = [...text.matchAll(PARAMETER)].map(
    ([, name = "", quoted, plain = ""]) => [name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? plain] as const,
  );
  return Object.fromEntries(pairs);
}

function serverAt(urls: string, username?: string, credential?: string): RTCIceServer {
  return username === undefined || credential === undefined ? { urls } : { urls, username, credential };
}

/** The part of a description that says where and how its side is reached: one section, bundled. */
export function fragmentOf(sdp: string): string {
  const lines = sdp.split(/\r?\n/);
  const media = lines.findIndex((line) => line.startsWith("m="));
  const next = lines.findIndex((line, at) => at > media && line.startsWith("m="));
  const session = lines.slice(0, media).filter((line) => OF_ICE.test(line));
  const section = lines.slice(media, next < 0 ? lines.length : next);
  const its = section.filter((line, at) => at === 0 || OF_TRANSPORT.test(line));
  return `${[...session, ...its].join("\r\n")}\r\n`;
}

/** The description with what a fragment says of ICE in the place of what it said before. */
export function withFragment(sdp: string, fragment: string): string {
  const ice = fragment.split(/\r?\n/).filter((line) => OF_ICE.test(line));
  const kept: string[] = [];
  let written = false;
  for (const line of sdp.trimEnd().split(/\r?\n/)) {
    if (OF_ICE.test(line)) continue;
    kept.push(line);
    if (!line.startsWith("a=mid:")) continue;
    // All sections share the first one's transport; they repeat its name and password.
    kept.push(...(written ? ice.filter((one) => /^a=ice-(?:ufrag|pwd):/.test(one)) : ice));
    written = true;
  }
  return `${kept.join("\r\n")}\r\n`;
}
