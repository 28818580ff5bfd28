import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openLog } from "../../src/storage/storage.ts";
import { logContract } from "../contract/log.ts";

const folders: string[] = [];
const makeFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "jflow-log-"));
  folders.push(folder);
  return folder;
};
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

logContract("the log on disk", {
  open: async () => (await openLog(await makeFolder(), { durability: "request", segmentBytes: 700 })).log,
});
logContract("the log on disk, made durable later,", {
  open: async () => (await openLog(await makeFolder(), { durability: { asyncMs: 5 }, segmentBytes: 700 })).log,
});
