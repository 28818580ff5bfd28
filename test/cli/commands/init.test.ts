import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../run-cli.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "jflow-init-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("init writes a folder whose types check and whose schema resolves", async () => {
  const program = "/x/node_modules/.bin/jflow";
  const { code, stderr } = await runCli(["init"], { cwd: folder, program });
  expect(code).toBe(0);
  expect(stderr).toContain('npx jflow search "an animal" -n 2');
  const flow = join(folder, "flow.yml");
  const schema = /\$schema=(\S+)/.exec(readFileSync(flow, "utf8"))![1]!;
  expect(existsSync(resolve(dirname(flow), schema))).toBe(true);
  const linked = join(folder, "node_modules/.bin/jflow");
  const version = execFileSync(process.execPath, [linked, "--version"], { encoding: "utf8" });
  expect(version).toMatch(/^\d+\.\d+\.\d+\n$/);
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", folder], { stdio: "pipe", encoding: "utf8" });
}, 60_000);
