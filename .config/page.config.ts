import { defineConfig } from "vitest/config";

/** `npm run test:page`: the page of `jflow ui` in Chromium. `CHROMIUM` names the program. */
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/page/**/*.browser.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
    reporters: ["verbose"],
  },
});
