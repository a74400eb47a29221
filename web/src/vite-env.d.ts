/// <reference types="vite/client" />
/** media-chrome ships these without types. */
declare module "media-chrome/lang/zh-CN.js";
declare module "media-chrome/utils/i18n.js" {
  export function setLanguage(code: string): void;
}
