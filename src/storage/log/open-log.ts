import type { Durability } from "../../model/replica.ts";
import { join } from "node:path";
import { DiskLog, type DiskLogOptions } from "./disk-log.ts";
import { nodeFiles, toStorageError, type Files, type OpenFile } from "../files/files.ts";
import type { Log } from "./log.ts";
import { damagedSegment, scanSegment, type SegmentScan } from "./scan-segment.ts";
import { createSegment, generationOf, Segment, segmentName, UNFINISHED } from "./segment.ts";
import { LOG_SEGMENT_BYTES } from "../../util/limits/shards.ts";

const REWRITE_BYTES = 1024 * 1024;

/** The options of opening a log. */
export interface LogOptions {
  readonly durability: Durability;
  /** The default is 64 MB. */
  readonly segmentBytes?: number;
  /** The default is the file system of the machine. */
  readonly files?: Files;
}

/**
 * A torn end that was cut off the log. It holds the remains of records that were never
 * acknowledged.
 */
export interface CutTail {
  readonly bytes: number;
  readonly reason: string;
}

/** An open log, and the torn end that was cut off, if any. */
export interface OpenedLog {
  readonly log: Log;
  readonly cut?: CutTail;
}

interface OpenSegment {
  readonly file: OpenFile;
  readonly path: string;
  readonly scan: SegmentScan;
}

/**
 * Opens the log in `folder`, or starts one. Cuts a torn end of the last segment; what remains is on
 * disk (rule 3 of the replication protocol). Throws `DATA_LOSS` for any other damage or gap,
 * `FAILED_PRECONDITION` for a log of a newer jflow, `UNAVAILABLE` for errors of the file system,
 * and `RESOURCE_EXHAUSTED` for a full disk. Invariant: no other process has the folder open.
 */
export async function openLog(folder: string, options: LogOptions): Promise<OpenedLog> {
  const whole = { files: nodeFiles, segmentBytes: LOG_SEGMENT_BYTES, ...options, folder };
  const opened: OpenSegment[] = [];
  try {
    const cut = await openSegments(whole, opened);
    const active = await takeActive(whole, opened);
    const sealed = opened.map(({ file, path, scan }) => new Segment(file, path, scan));
    const log = new DiskLog(whole, { sealed, active });
    return cut === undefined ? { log } : { log, cut };
  } catch (error) {
    for (const { file } of opened) await file.close();
    throw toStorageError(error, `cannot open the log in ${folder}`);
  }
}

/**
 * Fills `opened`, oldest first, with segments that are whole and on disk. Removes the remains of a
 * crash.
 */
async function openSegments(
  { files, folder }: DiskLogOptions,
  opened: OpenSegment[],
): Promise<CutTail | undefined> {
  await files.makeFolder(folder);
  const names = await findSegments(files, folder);
  for (const name of names.current) opened.push(await openSegment(files, join(folder, name)));
  for (const [index, segment] of opened.entries())
    assertWhole(segment, opened[index - 1], index === opened.length - 1);
  const last = opened.at(-1);
  const cut = last === undefined ? undefined : await secureTail(last);
  for (const name of names.leftover) await files.removeFile(join(folder, name));
  await files.syncFolder(folder);
  return cut;
}

/** Takes the segment that is written to out of `opened`, or starts one. */
async function takeActive(
  { files, folder }: DiskLogOptions,
  opened: OpenSegment[],
): Promise<Segment> {
  const last = opened.at(-1);
  if (last === undefined)
    return createSegment(files, folder, { base: { seq: 0, term: 0 }, generation: 1, previous: 0 });
  const { file, path, scan } = last;
  if (scan.sealed)
    return createSegment(files, folder, {
      base: scan.last,
      generation: scan.header.generation,
      previous: scan.chain,
    });
  opened.pop();
  return new Segment(file, path, { ...scan, synced: scan.end });
}

/**
 * Returns the files of the newest generation, oldest first, and the remains of a crash: unfinished
 * files, and generations before a reset.
 */
async function findSegments(
  files: Files,
  folder: string,
): Promise<{ current: string[]; leftover: string[] }> {
  const names = (await files.list(folder)).map((entry) => entry.name).toSorted();
  const newest = Math.max(...names.map((name) => generationOf(name) ?? 0));
  return {
    current: names.filter((name) => generationOf(name) === newest),
    leftover: names.filter(
      (name) => name.endsWith(UNFINISHED) || (generationOf(name) ?? newest) < newest,
    ),
  };
}

async function openSegment(files: Files, path: string): Promise<OpenSegment> {
  const file = await files.open(path, "update");
  try {
    return { file, path, scan: await scanSegment(file, path) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Throws unless a segment is whole. Only the end of the last segment may be torn: every other
 * segment was sealed, on disk, before the next began.
 */
function assertWhole(
  { path, scan }: OpenSegment,
  before: OpenSegment | undefined,
  isLast: boolean,
): void {
  const { damage } = scan;
  if (damage?.provenBy !== undefined)
    throw damagedSegment(
      path,
      scan.end,
      `${damage.reason}, yet byte ${damage.provenBy} shows that it was on disk`,
    );
  if (!isLast && !scan.sealed)
    throw damagedSegment(path, scan.end, damage?.reason ?? "its end is missing");
  if (!path.endsWith(segmentName(scan.header)))
    throw damagedSegment(path, 0, "its header belongs to another file");
  if (before !== undefined && !isNext(before.scan, scan))
    throw damagedSegment(
      path,
      0,
      `it does not continue the segment that ends with record ${before.scan.last.seq}`,
    );
}

function isNext(before: SegmentScan, scan: SegmentScan): boolean {
  const { base, previous } = scan.header;
  return (
    base.seq === before.last.seq && base.term === before.last.term && previous === before.chain
  );
}

/**
 * Cuts a torn end and puts the last writes on disk. They are written again first: after a failed
 * sync the kernel may hold pages as clean that the disk never received, and a sync alone would then
 * succeed without them.
 */
async function secureTail({ file, scan }: OpenSegment): Promise<CutTail | undefined> {
  const size = await file.size();
  if (size > scan.end) await file.truncate(scan.end);
  for (let at = scan.synced; at < scan.end; at += REWRITE_BYTES) {
    const bytes = Buffer.allocUnsafe(Math.min(REWRITE_BYTES, scan.end - at));
    await file.read(bytes, at);
    await file.write([bytes], at);
  }
  await file.datasync();
  return size > scan.end
    ? { bytes: size - scan.end, reason: scan.damage?.reason ?? "" }
    : undefined;
}
