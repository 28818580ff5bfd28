import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { JflowError } from "../../../src/util/errors.ts";
import { openLog, type LogRecord, type OpenedLog } from "../../../src/storage/storage.ts";
import { readAll, recordAt, recordsBetween } from "../../contract/log.ts";
import { rejection } from "../rejection.ts";
import { seededRandom, SimulatedFiles } from "../simulated-files.ts";

const FOLDER = "/copy/log";
const open = (files: SimulatedFiles, segmentBytes = 1 << 20): Promise<OpenedLog> =>
  openLog(FOLDER, { durability: "request", segmentBytes, files });
const segmentPaths = async (files: SimulatedFiles): Promise<string[]> =>
  (await files.list(FOLDER)).map((entry) => `${FOLDER}/${entry.name}`).toSorted();

/** A closed log of records 1 to `last`, each synced by itself. */
async function writeLog(
  last: number,
  options: { segmentBytes?: number; payloadBytes?: number } = {},
): Promise<SimulatedFiles> {
  const files = new SimulatedFiles();
  const { log } = await open(files, options.segmentBytes);
  for (let seq = 1; seq <= last; seq += 1) {
    log.append([recordAt(seq, options)]);
    await log.sync();
  }
  await log.close();
  return files;
}

test("a log opens with all that it held, and goes on", async () => {
  const files = await writeLog(25, { segmentBytes: 600 });
  expect((await segmentPaths(files)).length, "segments").toBeGreaterThan(3);
  const { log, cut } = await open(files, 600);
  expect(cut).toBeUndefined();
  expect({ first: log.first, last: log.last }).toEqual({ first: 1, last: { seq: 25, term: 1 } });
  log.append(recordsBetween(26, 40, { term: 2 }));
  expect(await log.sync()).toEqual({ seq: 40, term: 2 });
  await log.close();
  const again = await open(files, 600);
  expect(await readAll(again.log)).toEqual([
    ...recordsBetween(1, 25),
    ...recordsBetween(26, 40, { term: 2 }),
  ]);
  expect(again.log.heads().map((head) => head.seq)).toEqual(
    recordsBetween(1, 40).map((record) => record.seq),
  );
});

test("a trimmed log and a reset log open as they were left", async () => {
  const files = await writeLog(30, { segmentBytes: 600 });
  const trimmed = await open(files, 600);
  await trimmed.log.trim(20);
  const { first } = trimmed.log;
  await trimmed.log.close();
  const reset = await open(files, 600);
  expect({ first: reset.log.first, last: reset.log.last }).toEqual({
    first,
    last: { seq: 30, term: 1 },
  });
  await reset.log.reset({ seq: 500, term: 7 });
  await reset.log.close();
  const after = await open(files, 600);
  expect({
    first: after.log.first,
    last: after.log.last,
    paths: (await segmentPaths(files)).length,
  }).toEqual({
    first: 501,
    last: { seq: 500, term: 7 },
    paths: 1,
  });
});

test("a crash anywhere in a reset leaves all of the old log or nothing of it", async () => {
  const seen = new Set<number>();
  for (let step = 0; ; step += 1) {
    const files = await writeLog(12, { segmentBytes: 400 });
    const { log } = await open(files, 400);
    let left = step;
    files.fault = () => (left-- > 0 ? undefined : new Error("crash"));
    const isDone = await log.reset({ seq: 100, term: 3 }).then(
      () => true,
      () => false,
    );
    const next = await open(
      files.losePower(step % 2 === 0 ? { keep: "all" } : { keep: "synced" }),
      400,
    );
    seen.add(next.log.last.seq);
    const want = next.log.last.seq === 100 ? [] : recordsBetween(1, 12);
    expect(await readAll(next.log), `after step ${step}`).toEqual(want);
    if (isDone) break;
  }
  expect(seen).toEqual(new Set([12, 100]));
});

test("what was found on opening is on the disk before anyone is told of it (rule 3)", async () => {
  const files = new SimulatedFiles();
  const { log } = await openLog(FOLDER, { durability: { asyncMs: 60_000 }, files });
  log.append(recordsBetween(1, 5));
  await log.sync();
  const afterKill = files.losePower({ keep: "all" });
  const found = await open(afterKill);
  expect(found.log.last.seq).toBe(5);
  const afterPowerLoss = await open(afterKill.losePower({ keep: "synced" }));
  expect(await readAll(afterPowerLoss.log)).toEqual(recordsBetween(1, 5));
});

test("what a failed sync left in the cache alone is written again on opening, or not told of", async () => {
  const files = await writeLog(3);
  const { log } = await open(files);
  log.append([recordAt(4, { payloadBytes: 3000 })]);
  files.fault = (call) => (call.name === "datasync" ? new Error("EIO") : undefined);
  await expect(log.sync()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  const afterDeath = files.losePower({ keep: "all" });
  const found = await open(afterDeath);
  const told = found.log.last.seq;
  const afterPowerLoss = await open(afterDeath.losePower({ keep: "synced" }));
  expect(await readAll(afterPowerLoss.log)).toEqual(
    recordsBetween(1, 3).concat(told === 4 ? [recordAt(4, { payloadBytes: 3000 })] : []),
  );
});

test.each([
  {
    name: "a flipped bit in an earlier segment",
    break: (bytes: Buffer) => flip(bytes, 300),
    at: 0,
  },
  { name: "an earlier segment cut short", break: (bytes: Buffer) => bytes.subarray(0, 300), at: 1 },
  {
    name: "an earlier segment without its footer",
    break: (bytes: Buffer) => bytes.subarray(0, bytes.length - 44),
    at: 1,
  },
  {
    name: "a damaged header of the last segment",
    break: (bytes: Buffer) => flip(bytes, 17),
    at: -1,
  },
  {
    name: "a last segment shorter than a header",
    break: (bytes: Buffer) => bytes.subarray(0, 20),
    at: -1,
  },
])(
  "$name is refused as DATA_LOSS that names the file and the way out",
  async ({ break: damage, at }) => {
    const files = await writeLog(25, { segmentBytes: 600 });
    const path = (await segmentPaths(files)).at(at) ?? "";
    files.setContent(path, damage(Buffer.from(files.contentOf(path))));
    const refused = await rejection(open(files, 600));
    expect(refused).toMatch(
      /^DATA_LOSS: .* at byte \d+: .* To continue, stop the copy and move its workspace away/,
    );
    expect(refused).toContain(path);
  },
);

test("a missing segment, and one of another log, are refused", async () => {
  const files = await writeLog(25, { segmentBytes: 600 });
  const paths = await segmentPaths(files);
  const foreign = await writeLog(25, { segmentBytes: 600 });
  const [own, other] = [paths[1] ?? "", files.contentOf(paths[1] ?? "")];
  files.setContent(own, foreign.contentOf(own));
  await expect(open(files, 600)).rejects.toMatchObject({ code: "DATA_LOSS" });
  files.setContent(own, other);
  await files.removeFile(own);
  expect(await rejection(open(files, 600))).toMatch(/^DATA_LOSS: .*does not continue/);
});

test("a record left by writes that were cut off does not continue those written in their place", async () => {
  const files = await writeLog(4);
  const path = (await segmentPaths(files))[0] ?? "";
  const start = Buffer.from(files.contentOf(path));
  const writeOn = async (records: readonly LogRecord[]): Promise<Buffer> => {
    files.setContent(path, start);
    const { log } = await open(files);
    log.append(records);
    await log.close();
    return Buffer.from(files.contentOf(path));
  };
  const cutOff = await writeOn([recordAt(5), recordAt(6)]);
  const other: LogRecord = { ...recordAt(5), operationId: "op-5-ö" };
  const kept = await writeOn([other]);
  files.setContent(path, Buffer.concat([kept, cutOff.subarray(kept.length)]));
  const { log, cut } = await open(files);
  expect(await readAll(log)).toEqual([...recordsBetween(1, 4), other]);
  expect(cut).toEqual({
    bytes: cutOff.length - kept.length,
    reason: "a record does not continue the one before it",
  });
});

test("a log that a newer jflow wrote is refused, and not as damage", async () => {
  const files = await writeLog(3);
  const path = (await segmentPaths(files))[0] ?? "";
  const { encodeHeader } = await import("../../../src/storage/log/record-format.ts");
  const { crc32 } = await import("node:zlib");
  const header = encodeHeader({ seed: 5, previous: 0, base: { seq: 0, term: 0 }, generation: 1 });
  header.writeUInt32LE(99, 12);
  header.writeUInt32LE(crc32(header.subarray(4)), 0);
  files.setContent(path, header);
  await expect(open(files)).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    message: expect.stringContaining(`${path}: a newer jflow wrote it`) as string,
  });
});

test("leftovers of a crash are removed: an unfinished segment, and generations before a reset", async () => {
  const files = await writeLog(5);
  await files.writeFile(
    `${FOLDER}/0000000001-00000000000000000009.log.new`,
    Buffer.from("half a hea"),
  );
  const { log } = await open(files);
  expect((await segmentPaths(files)).length).toBe(1);
  expect(log.last.seq).toBe(5);
});

test("G3: the last record cut at every byte, or each of its bytes garbled, leaves exactly the record before it", async () => {
  const whole = await writeLog(3, { payloadBytes: 90 });
  const path = (await segmentPaths(whole))[0] ?? "";
  const bytes = Buffer.from(whole.contentOf(path));
  const lastStart = bytes.length - ((await open(whole)).log.heads()[2]?.bytes ?? 0);
  const wrong: string[] = [];
  const check = async (what: string, damaged: Buffer): Promise<void> => {
    const files = new SimulatedFiles();
    await files.makeFolder(FOLDER);
    await files.writeFile(path, damaged);
    const { log, cut } = await open(files);
    const isExact = isDeepStrictEqual(
      await readAll(log),
      recordsBetween(1, 2, { payloadBytes: 90 }),
    );
    if (
      !isExact ||
      cut?.bytes !== (damaged.length === lastStart ? undefined : damaged.length - lastStart)
    )
      wrong.push(what);
    log.append([recordAt(3, { term: 2 })]);
    await log.sync();
    await log.close();
    if ((await open(files)).log.last.term !== 2) wrong.push(`${what}: not writable afterwards`);
  };
  for (let end = lastStart; end < bytes.length; end += 1) {
    await check(`cut at ${end}`, Buffer.from(bytes.subarray(0, end)));
    await check(
      `zeros from ${end}`,
      Buffer.concat([bytes.subarray(0, end), Buffer.alloc(bytes.length - end + 7)]),
    );
    for (const mask of [0x01, 0x80, 0xff]) {
      const garbled = Buffer.from(bytes);
      garbled.writeUInt8(garbled.readUInt8(end) ^ mask, end);
      await check(`byte ${end} ^ ${mask}`, garbled);
    }
  }
  // Zeros in place of a last byte that is zero are no damage to that record: only its own zeros may
  // be excused.
  expect(
    wrong.filter(
      (what) => !what.startsWith("zeros") || !endsInZeros(bytes, Number(what.split(" ").at(-1))),
    ),
  ).toEqual([]);
});

test(
  "G3: 10,000 bits flipped in a log of 1 MB: the exact records before the flip, or refused, never anything else",
  { timeout: 60_000 },
  async () => {
    const seed = Number(process.env["SEED"] ?? 20_261);
    const random = seededRandom(seed);
    const files = await writeLog(100, { segmentBytes: 300_000, payloadBytes: 10_000 });
    const paths = await segmentPaths(files);
    const want = recordsBetween(1, 99, { payloadBytes: 10_000 });
    const outcomes = { cut: 0, refused: 0 };
    for (let flipped = 0; flipped < 10_000; flipped += 1) {
      const path = paths[Math.floor(random() * paths.length)] ?? "";
      const bytes = files.contentOf(path);
      const bit = Math.floor(random() * bytes.length * 8);
      const where = `seed ${seed}, flip ${flipped}: bit ${bit} of ${path}`;
      files.setContent(path, flip(Buffer.from(bytes), bit >> 3, 1 << (bit & 7)));
      outcomes[await openFlipped(files, { path, isLast: path === paths.at(-1), want, where })] += 1;
      files.setContent(path, bytes);
    }
    expect(outcomes.refused, `seed ${seed}: ${JSON.stringify(outcomes)}`).toBeGreaterThan(9_000);
    expect(outcomes.refused + outcomes.cut).toBe(10_000);
  },
);

/**
 * Opens a log with one flipped bit: cut to exactly `want`, which only the last record of the last
 * segment may cause, or refused by name. Throws at anything else.
 */
async function openFlipped(
  files: SimulatedFiles,
  flipped: { path: string; isLast: boolean; want: readonly LogRecord[]; where: string },
): Promise<"cut" | "refused"> {
  let opened: OpenedLog;
  try {
    opened = await open(files, 300_000);
  } catch (error) {
    if (
      error instanceof JflowError &&
      error.code === "DATA_LOSS" &&
      error.message.includes(flipped.path)
    )
      return "refused";
    throw error;
  }
  const isExact = isDeepStrictEqual(await readAll(opened.log), flipped.want);
  if (isExact && opened.cut !== undefined && flipped.isLast) return "cut";
  throw new Error(
    `${flipped.where}: opened up to ${opened.log.last.seq}, cut ${JSON.stringify(opened.cut)}`,
  );
}

function flip(bytes: Buffer, at: number, mask = 0x10): Buffer {
  bytes.writeUInt8(bytes.readUInt8(at) ^ mask, at);
  return bytes;
}

function endsInZeros(bytes: Buffer, from: number): boolean {
  return bytes.subarray(from).every((byte) => byte === 0);
}
