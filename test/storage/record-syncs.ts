/**
 * Preloaded into a process under test (`node --import`): notes every completed sync of a file in
 * the file that `JFLOW_SYNC_JOURNAL` names, as a line `<device>:<inode> <size when the sync
 * began>`. `sync-journal.ts` reads it.
 */
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const journal = process.env["JFLOW_SYNC_JOURNAL"];
if (journal === undefined) throw new Error("JFLOW_SYNC_JOURNAL names no file");

const scratch = mkdtempSync(join(tmpdir(), "jflow-probe-"));
const probe = await open(join(scratch, "probe"), "w");
// oxlint-disable-next-line typescript/no-unsafe-assignment -- a prototype has no type
const prototype: Pick<FileHandle, "sync" | "datasync"> = Object.getPrototypeOf(probe);
await probe.close();
rmSync(scratch, { recursive: true });

for (const name of ["sync", "datasync"] as const) {
  const original = prototype[name];
  prototype[name] = async function (this: FileHandle): Promise<void> {
    const { dev, ino, size } = await this.stat();
    await original.call(this);
    appendFileSync(journal, `${dev}:${ino} ${size}\n`);
  };
}
