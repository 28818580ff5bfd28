import { defineConfig } from "vitest/config";

/**
 * `npm run chaos`: the long forms of the guarantees, one after another, with their figures. `SEED`
 * replays a run.
 */
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: [
      "test/chaos/**/*.chaos.ts",
      "test/e2e/guarantees/g11-*.test.ts",
      "test/e2e/guarantees/g17-*.test.ts",
    ],
    env: { ROUNDS: "20", SHARDS: "1,2,3,4,5,6,7,8" },
    testTimeout: 1_800_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
    reporters: ["verbose"],
    disableConsoleIntercept: true,
  },
});
