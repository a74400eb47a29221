import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** One entry for each kind of page; the server's templates read the manifest. */
const PAGES = [
  "portal", "broadcast", "console", "report", "statistics", "partners", "people", "account", "record", "incidents",
  "approvals", "proof", "calendar", "withdrawals", "releases", "complaints", "courtrooms", "embed",
  "webhooks",
];
const BUILT = "../server/static";

/** A compressed twin of each file, which the server sends to browsers that take it. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    closeBundle() {
      const folder = resolve(import.meta.dirname, BUILT, "assets");
      for (const name of readdirSync(folder)) {
        if (!/\.(?:js|css|svg)$/.test(name)) continue;
        const path = resolve(folder, name);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  base: "/static/",
  plugins: [compressed()],
  build: {
    outDir: BUILT,
    emptyOutDir: true,
    manifest: true,
    // Nothing as a data: address: a file of its own is cached for good.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      input: Object.fromEntries(PAGES.map((page) => [page, `src/${page}/main.ts`])),
    },
  },
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.ts"],
    // A test of a second fails after five on a machine that has other things to do.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
