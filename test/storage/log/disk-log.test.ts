import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { afterAll, expect, test } from "vitest";
import { openLog, type Log, type LogRecord } from "../../../src/storage/storage.ts";
import { logContract, plain, readAll, recordAt, recordsBetween } from "../../contract/log.ts";
import { rejection } from "../rejection.ts";
import { fileError, seededRandom, SimulatedFiles, type HeldCall } from "../simulated-files.ts";

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
  open: async () =>
    (await openLog(await makeFolder(), { durability: "request", segmentBytes: 700 })).log,
});
logContract("the log on disk, made durable later,", {
  open: async () =>
    (await openLog(await makeFolder(), { durability: { asyncMs: 5 }, segmentBytes: 700 })).log,
});

const FOLDER = "/copy/log";
const openOn = async (files: SimulatedFiles, segmentBytes = 1 << 20): Promise<Log> =>
  (await openLog(FOLDER, { durability: "request", segmentBytes, files })).log;

/** Holds back every call of one name until it is let go; `waiting` tells when one is held. */
function holdBack(
  files: SimulatedFiles,
  name: HeldCall["name"],
): { waiting: () => Promise<void>; letGo: () => void } {
  let letGo = (): void => undefined;
  const free = new Promise<void>((resolve) => (letGo = resolve));
  let tell = (): void => undefined;
  const held = new Promise<void>((resolve) => (tell = resolve));
  files.gate = async (call) => {
    if (call.name !== name) return;
    tell();
    await free;
  };
  return { waiting: () => held, letGo };
}

test("group commit: what is appended while a sync is under way shares the next one", async () => {
  const files = new SimulatedFiles();
  const log = await openOn(files);
  const before = files.count("datasync");
  const hold = holdBack(files, "datasync");
  log.append([recordAt(1)]);
  const first = log.sync();
  await hold.waiting();
  const others = recordsBetween(2, 200).map((record) => {
    log.append([record]);
    return log.sync();
  });
  hold.letGo();
  expect(await first).toEqual({ seq: 1, term: 1 });
  expect(new Set((await Promise.all(others)).map((safe) => safe.seq))).toEqual(new Set([200]));
  expect(files.count("datasync") - before, "syncs for 200 records").toBe(2);
  expect(
    files.calls.filter((call) => call.name === "write").length,
    "writes: a header and two batches",
  ).toBe(3);
});

test("appends of one turn of the event loop share one sync", async () => {
  const files = new SimulatedFiles();
  const log = await openOn(files);
  const before = files.count("datasync");
  await Promise.all(
    recordsBetween(1, 64).map((record) => {
      log.append([record]);
      return log.sync();
    }),
  );
  expect(files.count("datasync") - before).toBe(1);
});

test("a sync resolves only after the sync of the disk", async () => {
  const files = new SimulatedFiles();
  const log = await openOn(files);
  const hold = holdBack(files, "datasync");
  let isSafe = false;
  log.append([recordAt(1)]);
  const safe = log.sync().then(() => (isSafe = true));
  await hold.waiting();
  expect(isSafe).toBe(false);
  expect(await readAll(log), "the record can be read all the same").toEqual([recordAt(1)]);
  hold.letGo();
  await safe;
});

test.each([
  { fails: "datasync", errno: "EIO", code: "UNAVAILABLE" },
  { fails: "write", errno: "EIO", code: "UNAVAILABLE" },
  { fails: "write", errno: "ENOSPC", code: "RESOURCE_EXHAUSTED" },
  { fails: "write", errno: "EDQUOT", code: "RESOURCE_EXHAUSTED" },
  { fails: "datasync", errno: "ENOSPC", code: "RESOURCE_EXHAUSTED" },
] as const)(
  "G18: a $fails that fails with $errno is final: $code for every caller then and later, and it is not tried again",
  async ({ fails, errno, code }) => {
    const files = new SimulatedFiles();
    const log = await openOn(files);
    log.append(recordsBetween(1, 3));
    await log.sync();
    const hold = holdBack(files, fails);
    files.fault = (call) => (call.name === fails ? fileError(errno, call.path) : undefined);
    log.append([recordAt(4)]);
    const under = log.sync();
    await hold.waiting();
    log.append([recordAt(5)]);
    const queued = log.sync();
    hold.letGo();
    const [first, second] = await Promise.all([rejection(under), rejection(queued)]);
    expect(first).toMatch(new RegExp(`^${code}: .*: ${errno}$`));
    expect(second, "one error for all").toBe(first);
    files.fault = () => undefined;
    const calls = files.calls.length;
    expect(() => log.append([recordAt(6)])).toThrow(expect.objectContaining({ code }));
    await expect(log.sync()).rejects.toMatchObject({ code });
    await expect(log.read(1, 3, 1000)).rejects.toMatchObject({ code });
    await expect(log.trim(2)).rejects.toMatchObject({ code });
    await expect(log.reset({ seq: 0, term: 0 })).rejects.toMatchObject({ code });
    await log.close();
    expect(files.calls.slice(calls), "calls after the failure").toEqual([]);
  },
);

test("a write that the disk takes half of, for it is full, leaves the records before it", async () => {
  const files = new SimulatedFiles();
  const log = await openOn(files);
  log.append(recordsBetween(1, 3));
  await log.sync();
  files.fault = (call) => (call.name === "write" ? fileError("ENOSPC", call.path) : undefined);
  log.append([recordAt(4, { payloadBytes: 500 })]);
  await expect(log.sync()).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
  await log.close();
  files.fault = () => undefined;
  const { log: again, cut } = await openLog(FOLDER, { durability: "request", files });
  expect(await readAll(again)).toEqual(recordsBetween(1, 3));
  expect(cut).toMatchObject({ reason: "a record is incomplete or garbled" });
});

test("made durable later: a sync resolves at the write, and the disk follows by the interval, at a new segment, and on closing", async () => {
  const files = new SimulatedFiles();
  const { log } = await openLog(FOLDER, { durability: { asyncMs: 1 }, files, segmentBytes: 1000 });
  const hold = holdBack(files, "datasync");
  log.append(recordsBetween(1, 3));
  expect(await log.sync()).toEqual({ seq: 3, term: 1 });
  await hold.waiting();
  hold.letGo();
  log.append(recordsBetween(4, 30));
  await log.sync();
  await log.close();
  const afterPowerLoss = await openLog(FOLDER, {
    durability: "request",
    files: files.losePower({ keep: "synced" }),
  });
  expect(await readAll(afterPowerLoss.log)).toEqual(recordsBetween(1, 30));
});

test("made durable later: a sync of the disk that fails is final too", async () => {
  const files = new SimulatedFiles();
  const { log } = await openLog(FOLDER, { durability: { asyncMs: 1 }, files });
  const hold = holdBack(files, "datasync");
  files.fault = (call) => (call.name === "datasync" ? fileError("EIO", call.path) : undefined);
  log.append([recordAt(1)]);
  await log.sync();
  await hold.waiting();
  hold.letGo();
  log.append([recordAt(2)]);
  await expect(log.sync().then(() => log.sync())).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await log.close();
});

test("a segment is sealed when it is full, and a record larger than a segment has one of its own", async () => {
  const files = new SimulatedFiles();
  const log = await openOn(files, 1000);
  log.append([
    recordAt(1, { payloadBytes: 5000 }),
    ...recordsBetween(2, 40),
    recordAt(41, { payloadBytes: 5000 }),
  ]);
  await log.sync();
  await log.close();
  const names = (await files.list(FOLDER)).map((entry) => entry.name).toSorted();
  expect(names.slice(0, 2)).toEqual([
    "0000000001-00000000000000000001.log",
    "0000000001-00000000000000000002.log",
  ]);
  expect(names.length).toBeGreaterThan(4);
  const want = [
    recordAt(1, { payloadBytes: 5000 }),
    ...recordsBetween(2, 40),
    recordAt(41, { payloadBytes: 5000 }),
  ];
  expect(await readAll(await openOn(files, 1000))).toEqual(want);
});

test("trimming drops whole segments, the oldest first, each off the disk before the next", async () => {
  const files = new SimulatedFiles();
  const log = await openOn(files, 600);
  log.append(recordsBetween(1, 40));
  await log.sync();
  const calls = files.calls.length;
  await log.trim(log.heads()[20]?.seq ?? 0);
  const trimming = files.calls.slice(calls).map((call) => call.name);
  expect(trimming.length).toBeGreaterThan(2);
  expect(trimming).toEqual(trimming.map((_, i) => (i % 2 === 0 ? "removeFile" : "syncFolder")));
  const removed = files.calls.filter((call) => call.name === "removeFile").map((call) => call.path);
  expect(removed).toEqual(removed.toSorted());
});

test.each([
  { name: "trimmed", discard: (log: Log) => log.trim(250) },
  { name: "reset", discard: (log: Log) => log.reset({ seq: 1000, term: 2 }) },
])("a read under way finishes although what it reads is $name meanwhile", async ({ discard }) => {
  const files = new SimulatedFiles();
  const log = await openOn(files, 2000);
  log.append(recordsBetween(1, 300));
  await log.sync();
  const hold = holdBack(files, "read");
  const reading = log.read(1, 300, 1 << 20);
  await hold.waiting();
  const discarding = discard(log);
  // The simulated disk needs no time: by the next turn of the event loop the discarding has gone as
  // far as it may.
  await setImmediate();
  hold.letGo();
  expect(plain(await reading)).toEqual(recordsBetween(1, 300));
  await discarding;
  expect(log.first).toBeGreaterThan(200);
});

test("a record on disk that rotted since it was written is DATA_LOSS when it is read, and names its place", async () => {
  const files = new SimulatedFiles();
  const log = await openOn(files);
  log.append(recordsBetween(1, 5));
  await log.sync();
  const path = `${FOLDER}/${(await files.list(FOLDER))[0]?.name}`;
  files.contentOf(path).writeUInt8(0xee, 64 + (log.heads()[0]?.bytes ?? 0) + 60);
  const failure = await rejection(log.read(2, 3, 1000));
  expect(failure).toMatch(/^DATA_LOSS: /);
  expect(failure).toContain(path);
  expect(plain(await log.read(3, 5, 1000))).toEqual(recordsBetween(3, 5));
});

test(
  "G2: whatever is lost with the power, every record that sync() called safe is there, and what is there is a prefix",
  { timeout: 60_000 },
  async () => {
    const firstSeed = Number(process.env["SEED"] ?? 1);
    for (let seed = firstSeed; seed < firstSeed + 400; seed += 1) {
      const random = seededRandom(seed);
      let files = new SimulatedFiles();
      let history: LogRecord[] = [];
      for (let life = 0; life < 4; life += 1) {
        const where = `seed ${seed} (SEED=${seed} repeats it), life ${life}`;
        const safe = await liveUntilPowerLoss(files, history, random);
        files = files.losePower(random() < 0.5 ? { keep: "some", random } : { keep: "synced" });
        const { log } = await openLog(FOLDER, { durability: "request", segmentBytes: 3000, files });
        const found = await readAll(log);
        expect(log.last.seq, `${where}: records called safe`).toBeGreaterThanOrEqual(safe.seq);
        const want = safe.written.slice(log.first - 1, log.last.seq);
        expect(isDeepStrictEqual(found, want), `${where}: what is held is what was appended`).toBe(
          true,
        );
        await log.close();
        history = safe.written.slice(0, log.last.seq);
      }
    }
  },
);

/**
 * Appends at random and dies at a random call of the disk; tells what was appended, and up to where
 * it was called safe.
 */
async function liveUntilPowerLoss(
  files: SimulatedFiles,
  history: readonly LogRecord[],
  random: () => number,
): Promise<{ seq: number; written: readonly LogRecord[] }> {
  const log = (await openLog(FOLDER, { durability: "request", segmentBytes: 3000, files })).log;
  const written = [...history];
  let safe = log.last.seq;
  let left = Math.floor(random() * 60);
  files.fault = () => (left-- > 0 ? undefined : new Error("the power is gone"));
  try {
    for (;;) {
      const count = 1 + Math.floor(random() * 5);
      const term = (written.at(-1)?.term ?? 1) + (random() < 0.05 ? 1 : 0);
      const batch = Array.from({ length: count }, (_, i) =>
        recordAt(written.length + 1 + i, { term, payloadBytes: Math.floor(random() ** 4 * 4000) }),
      );
      log.append(batch);
      written.push(...batch);
      if (random() < 0.7) safe = (await log.sync()).seq;
      if (random() < 0.05) await log.trim(Math.max(1, safe - 20));
    }
  } catch (error) {
    if (!(error instanceof Error && error.message.includes("the power is gone"))) throw error;
  }
  return { seq: safe, written };
}

test("100 MB of log are read in portions without holding them", { timeout: 60_000 }, async () => {
  const { log } = await openLog(await makeFolder(), {
    durability: { asyncMs: 60_000 },
    segmentBytes: 16 << 20,
  });
  const payload = new Uint8Array(100_000).fill(7);
  for (let seq = 1; seq <= 1000; seq += 1) {
    log.append([{ seq, term: 1, operationId: `op-${seq}`, outcome: { kind: "done" }, payload }]);
    if (seq % 50 === 0) await log.sync();
  }
  expect(log.bytes).toBeGreaterThan(100_000_000);
  let [count, peak] = [0, 0];
  const before = process.memoryUsage().arrayBuffers;
  for (let next = 1; next <= 1000;) {
    const records = await log.read(next, 1000, 1 << 20);
    count += records.filter((record) => record.payload.length === 100_000).length;
    next = (records.at(-1)?.seq ?? Infinity) + 1;
    peak = Math.max(peak, ...records.map((record) => record.payload.buffer.byteLength));
  }
  expect(count).toBe(1000);
  expect(peak, "bytes of the largest portion").toBeLessThanOrEqual(1 << 20);
  expect(process.memoryUsage().arrayBuffers - before, "buffers still held").toBeLessThan(
    90_000_000,
  );
  await log.close();
});
