import { expect, test } from "vitest";
import { LinePrefixer } from "../../../src/cli/terminal/output-lines.ts";

test("lines stand under each other, without sequences that a terminal obeys", () => {
  const prefixer = new LinePrefixer(false);
  expect(prefixer.format("indexer/0/0", "\u001B[2Jready")).toBe("indexer/0/0 | ready");
  expect(prefixer.format("a/0/0", "ready")).toBe("a/0/0       | ready");
});
