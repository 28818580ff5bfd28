import { join } from "node:path";
import { z } from "zod";
import { CheckedFile, writeCheckedFile } from "../files/checked-file.ts";
import { idBytes, readIds } from "../files/id-list.ts";
import type { Location, Locations } from "./locations.ts";
import type { SegmentSizes } from "./segment.ts";

const NAME = "documents.index";
const ROW_BYTES = 20;
const CHUNK_ROWS = 4096;

const HEADER = z.object({
  // In the second version, records may be packed.
  kind: z.enum(["jflow documents 2", "jflow documents 1"]),
  count: z.int().nonnegative(),
  digest: z.string(),
  segments: z.array(
    z.object({ number: z.int().nonnegative(), bytes: z.int(), deadBytes: z.int() }),
  ),
});

/** The state of a store in addition to its locations. */
export interface DocumentsHeader {
  readonly digest: string;
  /** Oldest first. */
  readonly segments: readonly SegmentSizes[];
}

/** Writes the place of each document as `documents.index`. */
export async function saveLocations(
  folder: string,
  locations: Locations,
  header: DocumentsHeader,
): Promise<void> {
  const full = { kind: "jflow documents 2", count: locations.size, ...header };
  await writeCheckedFile(join(folder, NAME), full, bodyOf(locations));
}

function* bodyOf(locations: Locations): Generator<Uint8Array> {
  const ids = [...locations.ids()];
  yield* idBytes(ids);
  for (let from = 0; from < ids.length; from += CHUNK_ROWS) {
    const chunk = ids.slice(from, from + CHUNK_ROWS);
    const rows = Buffer.alloc(chunk.length * ROW_BYTES);
    chunk.forEach((id, i) => writeRow(rows, i * ROW_BYTES, locations.get(id)!));
    yield rows;
  }
}

/**
 * Fills `locations`, which is empty, from `documents.index`. Throws `DATA_LOSS` if that is missing
 * or damaged.
 */
export async function loadLocations(
  folder: string,
  locations: Locations,
): Promise<DocumentsHeader> {
  const file = await CheckedFile.open(join(folder, NAME), HEADER);
  try {
    const ids = await readIds(file, file.header.count);
    for (let from = 0; from < ids.length; from += CHUNK_ROWS) {
      const chunk = ids.slice(from, from + CHUNK_ROWS);
      const rows = await file.read(chunk.length * ROW_BYTES);
      chunk.forEach((id, i) => locations.set(id!, readRow(rows, i * ROW_BYTES)));
    }
    return file.header;
  } finally {
    await file.close();
  }
}

function writeRow(rows: Buffer, at: number, { segment, offset, length, hash }: Location): void {
  [segment, offset, length, hash.high, hash.low].forEach((cell, i) =>
    rows.writeUInt32LE(cell, at + i * 4),
  );
}

function readRow(rows: Buffer, at: number): Location {
  const cell = (i: number): number => rows.readUInt32LE(at + i * 4);
  return {
    segment: cell(0),
    offset: cell(1),
    length: cell(2),
    hash: { high: cell(3), low: cell(4) },
  };
}
