/** The texts in the page's language. A language with a text missing does not compile. */
import { en } from "./en";
import { zhCN } from "./zh-cn";

export type Texts = Readonly<Record<keyof typeof zhCN, string>>;
export type TextName = keyof Texts;

/** Where the browser's own parts (numbers, the player's labels) take their language from. */
export function language(): "zh-CN" | "en" {
  return document.documentElement.lang.startsWith("en") ? "en" : "zh-CN";
}

/** The text with its `{places}` filled. */
export function text(name: TextName, values: Readonly<Record<string, string | number>> = {}): string {
  const texts: Texts = language() === "en" ? en : zhCN;
  return texts[name].replace(/\{(\w+)\}/g, (place, key: string) => String(values[key] ?? place));
}

/** The text for a word of the server, as a role; the word itself if it has none. */
export function wordFor(word: string): string {
  return word in zhCN ? text(word as TextName) : word;
}
