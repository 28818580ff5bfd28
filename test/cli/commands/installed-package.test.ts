import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { versionToInstall } from "../../../src/cli/commands/run/installed-package.ts";
import { jflowVersion } from "../../../src/util/version.ts";

const project = mkdtempSync(join(tmpdir(), "jflow-installed-"));
afterAll(() => rmSync(project, { recursive: true, force: true }));
const modules = join(project, "node_modules");
mkdirSync(modules);

test.each([
  ["file:../jflow-0.1.0.tgz", `file:${join(project, "../jflow-0.1.0.tgz")}`],
  ["https://registry.npmjs.org/jflow/-/jflow-0.1.0.tgz", `^${jflowVersion()}`],
  ["git+ssh://git@example.com/jflow.git#abc", "git+ssh://git@example.com/jflow.git#abc"],
  [undefined, `^${jflowVersion()}`],
])("a package that npm resolved to %s is installed again from %s", async (resolved, version) => {
  const packages = { "node_modules/jflow": { resolved } };
  writeFileSync(join(modules, ".package-lock.json"), JSON.stringify({ packages }));
  expect(await versionToInstall(join(modules, "jflow"))).toBe(version);
});

test("a package that npm did not install is installed from its folder", async () => {
  expect(await versionToInstall(project)).toBe(`file:${project}`);
});
