import { defineConfig } from "vitest/config";

/** Replace modules, so that each file needs modules of its own. */
const ISOLATED = ["test/gateway/handler/request-bytes.test.ts"];

const shared = {
  root: new URL("..", import.meta.url).pathname,
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

/** `npm test`. The files of a worker share loaded modules, which saves a third of the CPU time. */
export default defineConfig({
  test: {
    maxWorkers: 4,
    projects: [
      {
        test: {
          ...shared,
          name: "shared modules",
          include: ["test/**/*.test.ts"],
          exclude: ISOLATED,
          isolate: false,
        },
      },
      { test: { ...shared, name: "own modules", include: ISOLATED } },
    ],
  },
});
