/**
 * Acknowledged records per second of the log on disk, beside a bare write and fdatasync of the same
 * bytes in the same run: `node .config/run.mjs test/bench/log.ts [seconds per row]`. The ratio is
 * what counts: the disk's own speed changes with what else it does.
 */
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLog } from "../../src/storage/storage.ts";

const PAYLOAD = new Uint8Array(1500).fill(42);
const ROUNDS = 3;
const seconds = Number(process.argv[2] ?? 1);

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Writers that each wait for their record to be safe before the next. */
async function measureLog(folder: string, writers: number): Promise<Measured> {
  const { log } = await openLog(folder, { durability: "request" });
  const measured = await measure(writers, async () => {
    const seq = log.last.seq + 1;
    log.append([
      { seq, term: 1, operationId: `op-${seq}`, outcome: { kind: "done" }, payload: PAYLOAD },
    ]);
    await log.sync();
  });
  await log.close();
  return measured;
}

/** One write and one fdatasync at a time, nothing else. */
async function measureRaw(folder: string): Promise<Measured> {
  const file = await open(join(folder, "raw"), "w");
  const measured = await measure(1, async () => {
    await file.write(PAYLOAD);
    await file.datasync();
  });
  await file.close();
  return measured;
}

async function measure(writers: number, writeOne: () => Promise<void>): Promise<Measured> {
  const tookMs: number[] = [];
  const begun = performance.now();
  const end = begun + seconds * 1000;
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (let at = performance.now(); at < end;) {
        await writeOne();
        const now = performance.now();
        tookMs.push(now - at);
        at = now;
      }
    }),
  );
  const sorted = tookMs.toSorted((a, b) => a - b);
  const perSecond = (tookMs.length / (performance.now() - begun)) * 1000;
  return {
    perSecond,
    p50Ms: sorted[sorted.length >> 1] ?? 0,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
  };
}

const median = (all: readonly Measured[]): Measured => {
  const sorted = all.toSorted((a, b) => a.perSecond - b.perSecond);
  return sorted[sorted.length >> 1] ?? { perSecond: 0, p50Ms: 0, p99Ms: 0 };
};

const scratch = await mkdtemp(join(tmpdir(), "jflow-bench-"));
console.log(
  `records of ${PAYLOAD.length} bytes, ${seconds} s a row, medians of ${ROUNDS} rounds, each beside its own bare write`,
);
console.log("writers   records/s   p50 ms   p99 ms   of bare write+fdatasync");
try {
  for (const writers of [1, 16, 64, 256]) {
    const [raw, ours]: [Measured[], Measured[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      raw.push(await measureRaw(scratch));
      ours.push(await measureLog(join(scratch, `log-${writers}-${round}`), writers));
    }
    const { perSecond, p50Ms, p99Ms } = median(ours);
    const ratio = perSecond / median(raw).perSecond;
    const cells = [
      writers,
      Math.round(perSecond),
      p50Ms.toFixed(2),
      p99Ms.toFixed(2),
      `${ratio.toFixed(2)} x`,
    ];
    console.log(cells.map((cell, i) => String(cell).padStart([7, 11, 8, 8, 10][i] ?? 8)).join(" "));
  }
} finally {
  await rm(scratch, { recursive: true });
}
