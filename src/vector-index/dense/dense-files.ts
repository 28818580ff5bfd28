import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { JflowError } from "../../model/errors.ts";
import { CheckedFile, checkFile, damaged, writeCheckedFile } from "../checked-file.ts";
import { ContentDigest } from "../digest.ts";
import { distanceFunction } from "../distance.ts";
import { idBytes, readIds } from "../id-list.ts";
import type { Metric } from "../similarity-index.ts";
import type { DenseSettings } from "./dense-settings.ts";
import { Generation } from "./generation.ts";
import { NativeGraph } from "./native-graph.ts";

const VECTORS = "vectors.index";
const GRAPH = "vectors.graph";

const HEADER = z.object({
  kind: z.literal("jflow vectors 1"),
  metric: z.enum(["cosine", "l2", "ip"]),
  dimensions: z.int().positive(),
  slots: z.int().nonnegative(),
  digest: z.string(),
  /** The native file beside this one, which has no checksum of its own. */
  graph: z.object({ graphed: z.int(), bytes: z.int(), crc32: z.int() }).nullable(),
});

type DenseHeader = z.infer<typeof HEADER>;

/** Writes a generation as `vectors.index` and, if it has a graph, `vectors.graph`. */
export async function saveGeneration(
  folder: string,
  generation: Generation,
  labels: { readonly metric: Metric; readonly digest: string },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const graphFile = join(folder, GRAPH);
  await rm(graphFile, { force: true });
  await generation.graph?.save(graphFile);
  const header: DenseHeader = {
    kind: HEADER.shape.kind.value,
    ...labels,
    dimensions: generation.vectors.dimensions,
    slots: generation.size,
    graph: generation.graph === undefined ? null : { graphed: generation.graphed, ...(await checkFile(graphFile)) },
  };
  await writeCheckedFile(join(folder, VECTORS), header, bodyOf(generation));
}

function* bodyOf(generation: Generation): Generator<Uint8Array> {
  yield* idBytes(generation.ids);
  yield* generation.vectors.bytes(generation.size);
}

/** What `loadGeneration` must be told; `dimensions` is taken from the file unless given. */
export type LoadSettings = Omit<DenseSettings, "dimensions"> & { readonly dimensions: number | undefined };

/** A generation as it was saved, and the settings it goes with. */
export interface LoadedGeneration {
  readonly generation: Generation;
  readonly digest: ContentDigest;
  readonly settings: DenseSettings;
}

/**
 * Reads what `saveGeneration` wrote. Everything is checked before hnswlib sees any of it. Throws `DATA_LOSS` for missing or damaged
 * files, `FAILED_PRECONDITION` if they hold another metric or size of vectors than the settings say.
 */
export async function loadGeneration(folder: string, wanted: LoadSettings): Promise<LoadedGeneration> {
  const file = await CheckedFile.open(join(folder, VECTORS), HEADER);
  try {
    const { header } = file;
    assertSame(folder, "metric", header.metric, wanted.metric);
    assertSame(folder, "dimensions", header.dimensions, wanted.dimensions ?? header.dimensions);
    const settings = { ...wanted, dimensions: header.dimensions };
    const generation = new Generation(header.dimensions, distanceFunction(header.metric));
    for (const id of await readIds(file, header.slots)) generation.appendLoaded(id);
    await readVectors(file, generation);
    await attachSavedGraph(folder, { generation, header, settings });
    return { generation, digest: ContentDigest.parse(header.digest), settings };
  } finally {
    await file.close();
  }
}

async function readVectors(file: CheckedFile<unknown>, generation: Generation): Promise<void> {
  for (const bytes of generation.vectors.bytes(generation.size)) bytes.set(await file.read(bytes.length));
}

async function attachSavedGraph(
  folder: string,
  { generation, header, settings }: { generation: Generation; header: DenseHeader; settings: DenseSettings },
): Promise<void> {
  const { graph } = header;
  if (graph === null) return;
  const path = join(folder, GRAPH);
  const found = await checkFile(path);
  if (found.bytes !== graph.bytes || found.crc32 !== graph.crc32) throw damaged(path, "its checksum is wrong");
  if (settings.hnswlib === undefined) return;
  generation.attachGraph(await NativeGraph.load(settings.hnswlib, settings, path), graph.graphed);
}

function assertSame(folder: string, what: string, saved: string | number, wanted: string | number): void {
  if (saved === wanted) return;
  throw new JflowError(
    "FAILED_PRECONDITION",
    `${folder} holds vectors of ${what} ${saved}, not ${wanted}: index them anew`,
  );
}
