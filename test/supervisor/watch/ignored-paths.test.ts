import { expect, test } from "vitest";
import { makeIgnore } from "../../../src/supervisor/watch/ignored-paths.ts";

const isIgnored = (path: string, ...patterns: readonly string[]): boolean =>
  makeIgnore("/flows/search", patterns)(`/flows/${path}`);

test.each([
  ["search/a.ts", [], false],
  ["search/node_modules/x/index.js", [], true],
  ["search/sub/node_modules/x/index.js", [], true],
  ["shared/node_modules/x.js", [], true],
  ["search/a.gen.ts", ["*.gen.ts"], true],
  ["search/sub/a.gen.ts", ["*.gen.ts"], true],
  ["search/axgen.ts", ["*.gen.ts"], false],
  ["search/docs/a.ts", ["docs"], true],
  ["search/sub/docs/a.ts", ["docs/"], true],
  ["search/docs/a.ts", ["./docs"], true],
  ["search/sub/docs/a.ts", ["./docs"], false],
  ["search/lib/sub/a.ts", ["lib/*.ts"], false],
  ["search/lib/sub/a.ts", ["lib/**/*.ts"], true],
  ["search/lib/a.ts", ["lib/**/*.ts"], true],
  ["search/lib/a.ts", ["lib/?.ts"], true],
  ["search/lib/ab.ts", ["lib/?.ts"], false],
  ["search/a[1].ts", ["a[1].ts"], true],
  ["search/a1.ts", ["a[1].ts"], false],
  ["shared/a.ts", ["../shared"], true],
])("%s with the patterns %j is ignored: %s", (path, patterns, expected) => {
  expect(isIgnored(path, ...patterns)).toBe(expected);
});
