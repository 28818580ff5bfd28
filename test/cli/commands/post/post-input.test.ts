import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, expect, test } from "vitest";
import { PostFailures } from "../../../../src/cli/commands/post/post-failures.ts";
import { PostInput } from "../../../../src/cli/commands/post/post-input.ts";
import type { CommandContext } from "../../../../src/cli/terminal/context.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "jflow-input-")));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "flow/sub"), { recursive: true });
const path = join(folder, "flow/sub/x.txt");
writeFileSync(path, "lamp");

async function open(cwd: string, source: string): Promise<PostInput> {
  const terminal = { cwd: () => cwd, stdin: new PassThrough() };
  const deps = {
    context: { terminal } as unknown as CommandContext,
    failures: new PostFailures(undefined),
    flowFolder: join(folder, "flow"),
  };
  return PostInput.open(deps, { input: [source], onError: "stop" });
}

test.each([
  ["flow", "sub/x.txt"],
  ["flow/sub", "x.txt"],
  ["", path],
])("the id of a text file is its path from the flow file: from /%s, %s", async (cwd, source) => {
  const before = process.cwd();
  process.chdir(join(folder, cwd));
  await using input = await open(join(folder, cwd), source);
  const ids: string[] = [];
  for await (const { id } of input.documents()) ids.push(id);
  process.chdir(before);
  expect(ids).toEqual(["sub/x.txt"]);
});

test("the size of a named pipe is not known, and that of a file is", async () => {
  execFileSync("mkfifo", [join(folder, "pipe")]);
  await using pipe = await open(folder, join(folder, "pipe"));
  await using file = await open(folder, path);
  expect([pipe.totalBytes, file.totalBytes]).toEqual([undefined, 4]);
});
