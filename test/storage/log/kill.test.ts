import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { afterAll, expect, test } from "vitest";
import { openLog } from "../../../src/storage/storage.ts";
import { readAll } from "../../contract/log.ts";
import { seededRecord } from "./seeded-record.ts";
import { seededRandom } from "../simulated-files.ts";
import { compileProgram, forgetUnsynced, journalledNode } from "../sync-journal.ts";

const scratch = mkdtempSync(join(tmpdir(), "jflow-kill-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const program = compileProgram("log/appending-program.ts", join(scratch, "appending-program.mjs"));
const seed = Number(process.env["SEED"] ?? 7);

/**
 * Lets a process append until it has said `count` numbers, kills it, and gives the highest number
 * it ever said.
 */
async function appendAndKill(
  folder: string,
  count: number,
  node: { args: readonly string[]; env: Readonly<Record<string, string>> },
): Promise<number> {
  const child = spawn(process.execPath, [...node.args, program, folder], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...node.env },
  });
  const exited = once(child, "exit");
  let [said, highest] = [0, 0];
  for await (const line of createInterface({ input: child.stdout })) {
    highest = Math.max(highest, Number(line));
    said += 1;
    if (said === count) child.kill("SIGKILL");
  }
  expect(await exited, "the child ends by SIGKILL alone").toEqual([null, "SIGKILL"]);
  return highest;
}

/**
 * Opens a copy of the log that a child left (the next child opens the log itself): up to where it
 * reads as it was appended.
 */
async function countExact(folder: string): Promise<number> {
  const copy = join(scratch, "copy");
  cpSync(folder, copy, { recursive: true });
  const { log } = await openLog(copy, { durability: "request", segmentBytes: 200_000 });
  const want = Array.from({ length: log.last.seq }, (_, i) => seededRecord(i + 1));
  const isExact = isDeepStrictEqual(await readAll(log), want);
  await log.close();
  rmSync(copy, { recursive: true });
  return isExact ? want.length : -1;
}

test(
  "kill -9 of the process that appends: every record it called safe is read again",
  { timeout: 60_000 },
  async () => {
    const random = seededRandom(seed);
    const folder = join(scratch, "killed");
    for (let kill = 1; kill <= 12; kill += 1) {
      const safe = await appendAndKill(folder, 1 + Math.floor(random() * 150), {
        args: [],
        env: {},
      });
      expect(
        await countExact(folder),
        `SEED=${seed}, kill ${kill}: exact records`,
      ).toBeGreaterThanOrEqual(safe);
    }
  },
);

test(
  "G2: the same when everything behind the last completed sync is lost or garbled after the kill",
  { timeout: 60_000 },
  async () => {
    const random = seededRandom(seed + 1);
    const [folder, journal] = [join(scratch, "unplugged"), join(scratch, "journal")];
    const node = journalledNode(scratch, journal);
    let lost = 0;
    for (let kill = 1; kill <= 12; kill += 1) {
      const safe = await appendAndKill(folder, 1 + Math.floor(random() * 150), node);
      lost += forgetUnsynced(folder, journal, random);
      expect(
        await countExact(folder),
        `SEED=${seed}, loss ${kill}, ${lost} bytes lost so far: exact records`,
      ).toBeGreaterThanOrEqual(safe);
    }
  },
);
