/** Court time in words: everything the page shows as a time is the court's local time. */
import { language } from "../language/texts";

/** Hours, minutes and seconds of the day in the court's time zone, 24 hours. */
export function clockText(ms: number, timeZone: string): string {
  return formatter("clock", timeZone, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(ms);
}

/** Date and clock as `2026-11-23 14:03:22`, the form of a court record in both languages. */
export function stampText(ms: number, timeZone: string): string {
  const day = formatter("day", timeZone, { year: "numeric", month: "2-digit", day: "2-digit" });
  return `${day.format(ms)} ${clockText(ms, timeZone)}`;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(
  kind: string,
  timeZone: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const key = `${kind} ${timeZone}`;
  let found = formatters.get(key);
  if (found === undefined) {
    // Swedish writes dates as 2026-11-23 and times as 14:03:22.
    found = new Intl.DateTimeFormat("sv-SE", { ...options, timeZone });
    formatters.set(key, found);
  }
  return found;
}

/**
 * Unix milliseconds of a local time of the court as a form gives it (`2026-11-23T14:03:22`); NaN if
 * it is none. An hour that happens twice (end of summer time) is taken as one of the two.
 */
export function localMs(local: string, timeZone: string): number {
  const wanted = Date.parse(`${local}Z`);
  if (Number.isNaN(wanted)) return NaN;
  const offset = (ms: number): number => Date.parse(`${stampText(ms, timeZone).replace(" ", "T")}Z`) - ms;
  const near = wanted - offset(wanted);
  return wanted - offset(near);
}

/** Whether a time field still says what it was offered: browsers leave out seconds that are 00. */
export function isSameLocal(given: string, offered: string): boolean {
  return Date.parse(`${given}Z`) === Date.parse(`${offered}Z`);
}

/** A size in bytes as `812 kB` or `1.4 GB`. */
export function sizeText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const number = bytes / 1000 ** step;
  return `${number < 10 && step > 0 ? number.toFixed(1) : Math.round(number)} ${units[step] ?? ""}`;
}

/** A span as `0:42`, `12:05` or `1:02:09`. */
export function spanText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (number: number): string => String(number).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  const rest = two(whole % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** A duration in words, in the page's language: `10 s`, `1 min 30 s`, `30 min`. */
export function durationText(seconds: number): string {
  const [second, minute] = language() === "en" ? ["s", "min"] : ["秒", "分"];
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  const parts = minutes > 0 ? [`${minutes} ${minute}`] : [];
  if (whole % 60 > 0 || minutes === 0) parts.push(`${whole % 60} ${second}`);
  return parts.join(" ");
}

/** Unix milliseconds of an ISO time; NaN if it is none. */
export function msOf(iso: string): number {
  return Date.parse(iso);
}

/** The court's time zone, as the server wrote it on the page. */
export function courtTimeZone(): string {
  return document.documentElement.dataset["courtZone"] ?? "Asia/Shanghai";
}
