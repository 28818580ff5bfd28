import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { JflowError } from "../../util/errors.ts";
import { CheckedFile, checkFile, damaged, writeCheckedFile } from "../files/checked-file.ts";
import { ContentDigest } from "../core/digest.ts";
import { idBytes, readIds } from "../files/id-list.ts";
import type { Metric } from "../core/similarity-index.ts";
import type { DenseOptions } from "./dense-options.ts";
import { packZeros } from "../../util/bytes/zero-runs.ts";
import { packBlock, readBlock } from "../files/packed-file.ts";
import { Generation } from "./generation.ts";
import { loadPackedGraph, saveGraph } from "./graph-file.ts";
import { NativeGraph } from "./native-graph.ts";

const VECTORS = "vectors.index";
const GRAPH = "vectors.graph";

/** In the second version, the blocks of vectors and the graph are packed. */
const PLAIN = "jflow vectors 1";
const PACKED = "jflow vectors 2";

const HEADER: z.ZodType<DenseHeader> = z.object({
  kind: z.enum([PLAIN, PACKED]),
  metric: z.enum(["cosine", "l2", "ip"]),
  dimensions: z.int().positive(),
  slots: z.int().nonnegative(),
  digest: z.string(),
  graph: z.object({ graphed: z.int(), bytes: z.int(), crc32: z.int() }).nullable(),
});

interface DenseHeader {
  readonly kind: typeof PLAIN | typeof PACKED;
  readonly metric: Metric;
  readonly dimensions: number;
  readonly slots: number;
  readonly digest: string;
  /** The native file, which has no checksum of its own. */
  readonly graph: {
    readonly graphed: number;
    readonly bytes: number;
    readonly crc32: number;
  } | null;
}

/**
 * Writes a generation as `vectors.index` and, if it has a graph, `vectors.graph`. If most numbers
 * of the vectors are 0, both are packed.
 */
export async function saveGeneration(
  folder: string,
  generation: Generation,
  labels: { readonly metric: Metric; readonly digest: string },
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const graphFile = join(folder, GRAPH);
  const { graph, graphed, vectors, size } = generation;
  const [firstBlock] = vectors.bytes(size);
  const isPacked = firstBlock !== undefined && packZeros(firstBlock) !== undefined;
  if (graph === undefined) await rm(graphFile, { force: true });
  else await saveGraph(graph, graphFile, isPacked);
  const header: DenseHeader = {
    kind: isPacked ? PACKED : PLAIN,
    ...labels,
    dimensions: vectors.dimensions,
    slots: size,
    graph: graph === undefined ? null : { graphed, ...(await checkFile(graphFile)) },
  };
  await writeCheckedFile(join(folder, VECTORS), header, bodyOf(generation, isPacked));
}

function* bodyOf(generation: Generation, isPacked: boolean): Generator<Uint8Array> {
  yield* idBytes(generation.ids);
  for (const block of generation.vectors.bytes(generation.size)) {
    if (isPacked) yield* packBlock(block);
    else yield block;
  }
}

/** The required metric and dimensions of a saved index. Without `dimensions`, any are accepted. */
export interface WantedVectors {
  readonly metric: Metric;
  readonly dimensions: number | undefined;
}

/** A saved generation. */
export interface LoadedGeneration {
  readonly generation: Generation;
  readonly digest: ContentDigest;
}

/**
 * Opens what `saveGeneration` wrote. Throws `DATA_LOSS` if it is missing or damaged,
 * `FAILED_PRECONDITION` if it is not what is wanted.
 */
export async function openVectorFiles(folder: string, wanted: WantedVectors): Promise<VectorFiles> {
  const file = await CheckedFile.open(join(folder, VECTORS), HEADER);
  try {
    assertSame(folder, "metric", file.header.metric, wanted.metric);
    assertSame(
      folder,
      "dimensions",
      file.header.dimensions,
      wanted.dimensions ?? file.header.dimensions,
    );
    return new VectorFiles(folder, file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The files of a saved generation, opened and of the kind wanted. */
export class VectorFiles {
  readonly #folder: string;
  readonly #file: CheckedFile<DenseHeader>;

  constructor(folder: string, file: CheckedFile<DenseHeader>) {
    this.#folder = folder;
    this.#file = file;
  }

  get dimensions(): number {
    return this.#file.header.dimensions;
  }

  /**
   * Reads the whole generation. The file of the graph is checked before hnswlib reads it. Throws
   * `DATA_LOSS`.
   */
  async read(settings: DenseOptions): Promise<LoadedGeneration> {
    const { slots, digest } = this.#file.header;
    const generation = new Generation(settings.dimensions, settings.metric);
    for (const id of await readIds(this.#file, slots)) generation.appendLoaded(id);
    for (const bytes of generation.vectors.bytes(slots))
      bytes.set(await this.#readBlock(bytes.length));
    await this.#attachGraph(generation, settings);
    return { generation, digest: ContentDigest.parse(digest) };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #attachGraph(generation: Generation, settings: DenseOptions): Promise<void> {
    const { graph } = this.#file.header;
    if (graph === null) return;
    const path = join(this.#folder, GRAPH);
    const found = await checkFile(path);
    if (found.bytes !== graph.bytes || found.crc32 !== graph.crc32)
      throw damaged(path, "its checksum is wrong");
    const { hnswlib } = settings;
    if (hnswlib === undefined) return;
    const { scratch = join(tmpdir(), `jflow-${randomUUID()}`) } = settings;
    const loaded = await (this.#isPacked
      ? loadPackedGraph(hnswlib, settings, { path, scratch })
      : NativeGraph.load(hnswlib, settings, path));
    generation.attachGraph(loaded, graph.graphed);
  }

  get #isPacked(): boolean {
    return this.#file.header.kind === PACKED;
  }

  async #readBlock(length: number): Promise<Buffer> {
    return this.#isPacked ? readBlock((part) => this.#file.read(part)) : this.#file.read(length);
  }
}

function assertSame(
  folder: string,
  what: string,
  saved: string | number,
  wanted: string | number,
): void {
  if (saved === wanted) return;
  throw new JflowError(
    "FAILED_PRECONDITION",
    `${folder} holds vectors of ${what} ${saved}, not ${wanted}: index them anew`,
  );
}
