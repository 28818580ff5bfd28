import { createRequire } from "node:module";

/** Found labels and their distances, nearest first. */
export interface Neighbors {
  readonly neighbors: readonly number[];
  readonly distances: readonly number[];
}

/** The part of an hnswlib-node graph that is used here. */
export interface HnswlibGraph {
  initIndex(maxElements: number, m: number, efConstruction: number, randomSeed: number): void;
  readIndex(file: string): Promise<boolean>;
  writeIndex(file: string): Promise<boolean>;
  resizeIndex(maxElements: number): void;
  addPoint(point: number[], label: number): void;
  markDelete(label: number): void;
  searchKnn(query: number[], k: number): Neighbors;
  getMaxElements(): number;
  getCurrentCount(): number;
}

/** The part of the package that is used here. */
export interface Hnswlib {
  readonly HierarchicalNSW: new (space: "ip" | "l2", dimensions: number) => HnswlibGraph;
}

/** Loads hnswlib-node; throws if it is not installed or not built. */
export type LoadHnswlib = () => Hnswlib;

/**
 * Loads the installed hnswlib-node, and only when called: it is an optional dependency, and native.
 */
export const loadInstalledHnswlib: LoadHnswlib = () => {
  const loaded: unknown = createRequire(import.meta.url)("hnswlib-node");
  if (!isHnswlib(loaded)) throw new Error("the package has no HierarchicalNSW");
  return loaded;
};

function isHnswlib(loaded: unknown): loaded is Hnswlib {
  return typeof loaded === "object" && loaded !== null && "HierarchicalNSW" in loaded;
}

/** Whether approximate search is available. `reason` says why it is not, and how to install it. */
export type HnswAvailability =
  | { readonly available: true }
  | { readonly available: false; readonly reason: string };

/**
 * Tries to load hnswlib-node. Without it every search is exact: right, but slow beyond some 100,000
 * vectors a shard.
 */
export function isHnswAvailable(load: LoadHnswlib = loadInstalledHnswlib): HnswAvailability {
  try {
    load();
    return { available: true };
  } catch (error) {
    return { available: false, reason: explainMissing(error) };
  }
}

function explainMissing(error: unknown): string {
  const [firstLine = "unknown"] = (error instanceof Error ? error.message : String(error)).split(
    "\n",
  );
  return [
    `hnswlib-node does not load (${firstLine}), so every search scans all vectors.`,
    "It is compiled when it is installed (python3 and a C++ compiler are needed), and npm 12 asks before it lets that happen.",
    "In a project: npm install-scripts approve hnswlib-node && npm rebuild hnswlib-node",
    "With npm install -g or npx: add --allow-scripts=hnswlib-node",
  ].join("\n");
}
