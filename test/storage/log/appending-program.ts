/**
 * Appends records to the log in the folder that its argument names, some at once, and says each
 * number that is safe on a line of its own; until it is killed.
 */
import { writeSync } from "node:fs";
import { openLog } from "../../../src/storage/storage.ts";
import { seededRecord } from "./seeded-record.ts";

const [folder = "", writers = "4"] = process.argv.slice(2);
const { log } = await openLog(folder, { durability: "request", segmentBytes: 200_000 });

async function keepWriting(): Promise<void> {
  for (;;) {
    const seq = log.last.seq + 1;
    log.append([seededRecord(seq)]);
    await log.sync();
    writeSync(1, `${seq}\n`);
  }
}

await Promise.all(Array.from({ length: Number(writers) }, keepWriting));
