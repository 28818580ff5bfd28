import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runtimePaths } from "../../../src/model/paths.ts";
import { RuntimeFiles } from "../../../src/supervisor/disk/runtime-files.ts";

const FLOW = {
  id: "abcd1234",
  name: "search",
  file: "/p/flow.yml",
  pid: 4711,
  version: "0.1.0",
  startedAt: "2026-11-24T11:00:00.000Z",
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jflow-files-"));
});
afterEach(async () => rm(folder, { recursive: true }));

interface Opened {
  readonly files: RuntimeFiles;
  /** Resolves with the next notice. */
  readonly noticed: () => Promise<string>;
}

/** The roots are `<folder>/first/jflow` and `<folder>/second`. */
async function open(): Promise<Opened> {
  await mkdir(runtimePaths(root("first/jflow"), FLOW.id).folder, { recursive: true, mode: 0o700 });
  let settle: (text: string) => void = () => undefined;
  const files = await RuntimeFiles.open({
    flow: FLOW,
    roots: [root("first/jflow"), root("second")],
    runtimeFile: join(folder, "runtime"),
    listen,
    saveChildren: async (path) => writeFile(path, "[]"),
    notice: (text) => settle(text),
  });
  return {
    files,
    noticed: async () =>
      new Promise((resolve) => {
        settle = resolve;
      }),
  };
}

const root = (name: string): string => join(folder, name);

async function listen(path: string): Promise<{ close(): Promise<void> }> {
  const server = createServer((socket) => socket.end("hello"));
  server.listen(path);
  await once(server, "listening");
  return {
    close: async () => new Promise((closed) => void server.close(() => closed())),
  };
}

async function isAnswering(path: string): Promise<boolean> {
  const socket = connect(path);
  const [text] = (await once(socket, "data")) as [Buffer];
  return text.toString() === "hello";
}

test("the files of a removed runtime folder are made again, each time", async () => {
  const { files, noticed } = await open();
  const paths = runtimePaths(root("first/jflow"), FLOW.id);
  for (const removed of [paths.folder, root("first/jflow"), root("first"), paths.socket]) {
    const notice = noticed();
    await rm(removed, { recursive: true });
    expect(await notice).toBe(
      `${paths.folder} was removed while the flow runs: made again in ${root("first/jflow")}`,
    );
    expect(await isAnswering(paths.socket)).toBe(true);
    expect(JSON.parse(readFileSync(paths.flowFile, "utf8"))).toEqual(FLOW);
    expect(readFileSync(paths.childrenFile, "utf8")).toBe("[]");
  }
  expect(files.socket).toBe(paths.socket);
  await files.close();
  expect(existsSync(paths.folder)).toBe(false);
});

test("the next folder holds the files where the first one cannot be made", async () => {
  const { files, noticed } = await open();
  const notice = noticed();
  await rm(root("first"), { recursive: true });
  await writeFile(root("first"), "a file, not a folder");
  expect(await notice).toContain(`made again in ${root("second")}`);
  const paths = runtimePaths(root("second"), FLOW.id);
  expect(files.socket).toBe(paths.socket);
  expect(await isAnswering(paths.socket)).toBe(true);
  expect(readFileSync(join(folder, "runtime"), "utf8")).toBe(`${root("second")}\n${FLOW.file}\n`);
  await files.close();
  expect(existsSync(paths.folder)).toBe(false);
});

test("a folder that is removed when the flow stops is not made again", async () => {
  const { files } = await open();
  const { folder: gone } = runtimePaths(root("first/jflow"), FLOW.id);
  const closed = files.close();
  await rm(gone, { recursive: true, force: true });
  await closed;
  expect(existsSync(gone)).toBe(false);
});
