import { chmod, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { JflowError } from "../../util/errors.ts";
import { CheckedFile, checkFile, damaged, writeCheckedFile } from "../files/checked-file.ts";
import { ContentDigest } from "../core/digest.ts";
import { idBytes, readIds } from "../files/id-list.ts";
import type { Metric } from "../core/similarity-index.ts";
import type { DenseOptions } from "./dense-options.ts";
import { Generation } from "./generation.ts";
import { NativeGraph } from "./native-graph.ts";

const VECTORS = "vectors.index";
const GRAPH = "vectors.graph";

const HEADER: z.ZodType<DenseHeader> = z.object({
  kind: z.literal("jflow vectors 1"),
  metric: z.enum(["cosine", "l2", "ip"]),
  dimensions: z.int().positive(),
  slots: z.int().nonnegative(),
  digest: z.string(),
  graph: z.object({ graphed: z.int(), bytes: z.int(), crc32: z.int() }).nullable(),
});

interface DenseHeader {
  readonly kind: "jflow vectors 1";
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

/** Writes a generation as `vectors.index` and, if it has a graph, `vectors.graph`. */
export async function saveGeneration(
  folder: string,
  generation: Generation,
  labels: { readonly metric: Metric; readonly digest: string },
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const graphFile = join(folder, GRAPH);
  await rm(graphFile, { force: true });
  if (generation.graph !== undefined) {
    await generation.graph.save(graphFile);
    // The native library follows the umask.
    await chmod(graphFile, 0o600);
  }
  const header: DenseHeader = {
    kind: "jflow vectors 1",
    ...labels,
    dimensions: generation.vectors.dimensions,
    slots: generation.size,
    graph:
      generation.graph === undefined
        ? null
        : { graphed: generation.graphed, ...(await checkFile(graphFile)) },
  };
  await writeCheckedFile(join(folder, VECTORS), header, bodyOf(generation));
}

function* bodyOf(generation: Generation): Generator<Uint8Array> {
  yield* idBytes(generation.ids);
  yield* generation.vectors.bytes(generation.size);
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
      bytes.set(await this.#file.read(bytes.length));
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
    if (settings.hnswlib === undefined) return;
    generation.attachGraph(await NativeGraph.load(settings.hnswlib, settings, path), graph.graphed);
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
