/** Texts of the pages' own scripts, English. */
import { desk } from "./en/desk";
import { office } from "./en/office";
import { portal } from "./en/portal";

export const en = { ...portal, ...desk, ...office };
