/** Texts of the pages' own scripts, 中文. The other languages have exactly the same ones. */
import { desk } from "./zh-cn/desk";
import { office } from "./zh-cn/office";
import { portal } from "./zh-cn/portal";

export const zhCN = { ...portal, ...desk, ...office };
