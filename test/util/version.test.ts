import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { jflowVersion } from "../../src/util/version.ts";

test("the version is that of package.json", () => {
  const manifest = readFileSync(join(import.meta.dirname, "../../package.json"), "utf8");
  expect(manifest).toContain(`"version": "${jflowVersion()}"`);
});
