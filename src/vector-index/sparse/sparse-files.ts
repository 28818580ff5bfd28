import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { JflowError } from "../../util/errors.ts";
import { CheckedFile, writeCheckedFile } from "../files/checked-file.ts";
import { ContentDigest } from "../core/digest.ts";
import { idBytes, readIds } from "../files/id-list.ts";
import type { Posting, PostingLists } from "./posting-lists.ts";
import { SparseGeneration } from "./sparse-generation.ts";
import type { SparseMetric } from "./sparse-vector.ts";

const NAME = "sparse.index";
/** About how many words a chunk has: 256 kB. */
const CHUNK_WORDS = 65_536;
const DEAD = 0xffff_ffff;

const HEADER = z.object({
  kind: z.literal("jflow sparse vectors 1"),
  metric: z.enum(["cosine", "ip", "bm25"]),
  count: z.int().nonnegative(),
  digest: z.string(),
});

/** Writes the living of a generation as `sparse.index`. */
export async function saveSparseGeneration(
  folder: string,
  generation: SparseGeneration,
  labels: { readonly metric: SparseMetric; readonly digest: string },
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const header = { kind: HEADER.shape.kind.value, count: generation.alive, ...labels };
  await writeCheckedFile(join(folder, NAME), header, bodyOf(generation));
}

/**
 * Reads what `saveSparseGeneration` wrote. Throws `DATA_LOSS` if it is missing or damaged,
 * `FAILED_PRECONDITION` for another metric.
 */
export async function loadSparseGeneration(
  folder: string,
  metric: SparseMetric,
): Promise<{ readonly generation: SparseGeneration; readonly digest: ContentDigest }> {
  const file = await CheckedFile.open(join(folder, NAME), HEADER);
  try {
    if (file.header.metric !== metric) {
      const message = `${folder} holds vectors of metric ${file.header.metric}, not ${metric}: index them anew`;
      throw new JflowError("FAILED_PRECONDITION", message);
    }
    const generation = new SparseGeneration();
    const ids = await readIds(file, file.header.count);
    const hashes = await file.read(ids.length * 8);
    ids.forEach((id, i) => {
      generation.appendSlot(id!, {
        high: hashes.readUInt32LE(i * 8),
        low: hashes.readUInt32LE(i * 8 + 4),
      });
    });
    while (file.remaining > 0) await readChunk(file, generation);
    return { generation, digest: ContentDigest.parse(file.header.digest) };
  } finally {
    await file.close();
  }
}

// Body: ids, hashes (two u32 each), then chunks of postings: how many words of 32 bits follow
// (u32), and for each dimension itself, its number of postings, and for each of them slot (u32) and
// value (float32).

function* bodyOf(generation: SparseGeneration): Generator<Uint8Array> {
  const living: number[] = [];
  const newSlots = new Uint32Array(generation.size).fill(DEAD);
  generation.ids.forEach((id, slot) => {
    if (id === undefined) return;
    newSlots[slot] = living.length;
    living.push(slot);
  });
  yield* idBytes(living.map((slot) => generation.ids[slot]));
  const hashes = new Uint32Array(living.length * 2);
  living.forEach((slot, i) => {
    const { high, low } = generation.hash(slot);
    hashes.set([high, low], i * 2);
  });
  yield new Uint8Array(hashes.buffer);
  yield* postingBytes(generation.postings, newSlots);
}

function* postingBytes(postings: PostingLists, newSlots: Uint32Array): Generator<Uint8Array> {
  let lists = new Map<number, readonly Posting[]>();
  let words = 1;
  for (const dimension of postings.dimensions()) {
    const list = [...postings.list(dimension)].filter(({ slot }) => newSlots[slot] !== DEAD);
    if (list.length > 0) lists.set(dimension, list);
    words += list.length > 0 ? 2 + 2 * list.length : 0;
    if (words < CHUNK_WORDS) continue;
    yield chunkBytes(lists, words, newSlots);
    lists = new Map();
    words = 1;
  }
  if (lists.size > 0) yield chunkBytes(lists, words, newSlots);
}

function chunkBytes(
  lists: ReadonlyMap<number, readonly Posting[]>,
  words: number,
  newSlots: Uint32Array,
): Uint8Array {
  const integers = new Uint32Array(words);
  const floats = new Float32Array(integers.buffer);
  integers[0] = words - 1;
  let at = 1;
  for (const [dimension, list] of lists) {
    integers.set([dimension, list.length], at);
    at += 2;
    for (const { slot, value } of list) {
      integers[at] = newSlots[slot]!;
      floats[at + 1] = value;
      at += 2;
    }
  }
  return new Uint8Array(integers.buffer);
}

async function readChunk(file: CheckedFile<unknown>, generation: SparseGeneration): Promise<void> {
  const words = (await file.read(4)).readUInt32LE();
  // Copied, because the numbers must start at a multiple of four.
  const { buffer } = new Uint8Array(await file.read(words * 4));
  const integers = new Uint32Array(buffer);
  const floats = new Float32Array(buffer);
  for (let at = 0; at < words;) {
    const dimension = integers[at]!;
    const end = at + 2 + 2 * integers[at + 1]!;
    for (at += 2; at < end; at += 2)
      generation.addPosting(dimension, integers[at]!, floats[at + 1]!);
  }
}
