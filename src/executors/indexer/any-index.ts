import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { JflowError, type SparseVector } from "../../index.ts";
import {
  loadSparseIndex,
  loadVectorIndex,
  openSparseIndex,
  openVectorIndex,
  type Hit,
  type Metric,
  type SparseMetric,
  type SparseIndex,
  type VectorIndex,
  MAX_DENSE_DIMENSIONS,
} from "../../vector-index/vector-index.ts";
import type { HnswOptions } from "./hnsw-config.ts";
import { readStoredKind, writeStoredKind, type StoredKind } from "./stored-kind.ts";
import {
  assertCounts,
  assertLength,
  assertNumbers,
  kindOf,
  lengthOf,
  toKind,
  VectorReader,
  type AnyVector,
} from "./vectors.ts";

/** A vector to keep, and the id of its document. */
export interface VectorEntry {
  readonly id: string;
  readonly vector: AnyVector;
}

type State =
  | { readonly kind: "undecided" }
  | { readonly kind: "dense"; readonly index: VectorIndex }
  | { readonly kind: "sparse"; readonly index: SparseIndex; readonly dimensions: number };

/** Says which of the two a snapshot holds, so that an index without vectors is restored too. */
const KIND_FILE = "kind.json";

/**
 * An index whose first vector decides whether it is dense or sparse, and how long its vectors are
 * (`dim` fixes the length before).
 */
export class AnyIndex {
  readonly reader: VectorReader;
  readonly #settings: HnswOptions;
  readonly #workspace: string;
  #state: State = { kind: "undecided" };

  /**
   * Throws `FAILED_PRECONDITION` if the settings do not fit the vectors that an earlier index in
   * `workspace` held. Otherwise the replay of a log would refuse the writes that it holds.
   */
  constructor(settings: HnswOptions, workspace: string) {
    this.reader = new VectorReader(settings.metric);
    this.#settings = settings;
    this.#workspace = workspace;
    const stored = readStoredKind(workspace);
    if (stored) this.#assertFits(stored);
  }

  /** Undefined until the first vector came. */
  get kind(): "dense" | "sparse" | undefined {
    return this.#state.kind === "undecided" ? undefined : this.#state.kind;
  }

  get dimensions(): number | undefined {
    const state = this.#state;
    if (state.kind === "undecided") return this.#settings.dimensions;
    return state.kind === "dense" ? state.index.dimensions : state.dimensions;
  }

  /**
   * Throws `INVALID_ARGUMENT` that names the document if one of the vectors could not be added.
   * Changes nothing.
   */
  check(entries: readonly VectorEntry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    const expected = {
      kind: this.kind ?? kindOf(first.vector),
      dimensions: this.dimensions ?? lengthOf(first.vector),
    };
    for (const { id, vector } of entries)
      this.#checkOne(`the embedding of document "${id}"`, vector, expected);
  }

  async addMany(entries: readonly VectorEntry[]): Promise<void> {
    const first = entries[0];
    if (first === undefined) return;
    const state =
      this.#state.kind === "undecided"
        ? this.#decide(kindOf(first.vector), lengthOf(first.vector))
        : this.#state;
    this.#state = state;
    if (state.kind === "dense")
      await state.index.addMany(entries as readonly { id: string; vector: Float32Array }[]);
    else if (state.kind === "sparse")
      await state.index.addMany(entries as readonly { id: string; vector: SparseVector }[]);
  }

  remove(ids: readonly string[]): void {
    if (this.#state.kind !== "undecided") this.#state.index.remove(ids);
  }

  /**
   * Empty while there are no vectors. A query of the other kind and the right length is the same
   * vector: Jina's HTTP client writes sparse ones as lists. Throws `INVALID_ARGUMENT` for one of
   * the wrong length.
   */
  search({ id, vector: query }: VectorEntry, limit: number, ef: number): readonly Hit[] {
    assertNumbers(`the embedding of query "${id}"`, query);
    const state = this.#state;
    if (state.kind === "undecided") return [];
    const dimensions = this.dimensions!;
    const vector = lengthOf(query) === dimensions ? toKind(query, state.kind) : query;
    this.#checkOne(`the embedding of query "${id}"`, vector, { kind: state.kind, dimensions });
    return state.kind === "dense"
      ? state.index.search(vector as Float32Array, limit, ef)
      : state.index.search(vector as SparseVector, limit);
  }

  digest(): string {
    return this.#state.kind === "undecided" ? "empty" : this.#state.index.digest();
  }

  async save(folder: string): Promise<void> {
    const file: StoredKind = { kind: this.#state.kind, dimensions: this.dimensions ?? null };
    await writeFile(join(folder, KIND_FILE), JSON.stringify(file), { mode: 0o600 });
    if (this.#state.kind !== "undecided") await this.#state.index.save(folder);
  }

  /**
   * Loads what `save` wrote. Throws `DATA_LOSS` for damaged files, `FAILED_PRECONDITION` if they do
   * not fit the settings.
   */
  async load(folder: string): Promise<void> {
    this.close();
    const file = JSON.parse(await readFile(join(folder, KIND_FILE), "utf8")) as StoredKind;
    this.#assertFits(file);
    const { kind, dimensions } = file;
    const scratch = join(this.#workspace, "vectors.native");
    if (kind === "dense")
      this.#state = {
        kind,
        index: await loadVectorIndex(folder, {
          ...this.#options(),
          dimensions: dimensions!,
          scratch,
        }),
      };
    else if (kind === "sparse")
      this.#state = {
        kind,
        index: await loadSparseIndex(folder, { metric: this.#sparseMetric() }),
        dimensions: dimensions!,
      };
    else this.#state = { kind };
    if (kind !== "undecided") writeStoredKind(this.#workspace, { kind, dimensions });
  }

  close(): void {
    if (this.#state.kind !== "undecided") this.#state.index.close();
    this.#state = { kind: "undecided" };
  }

  #decide(kind: "dense" | "sparse", dimensions: number): State {
    writeStoredKind(this.#workspace, { kind, dimensions });
    if (kind === "dense")
      return { kind, index: openVectorIndex({ ...this.#options(), dimensions }) };
    return { kind, index: openSparseIndex({ metric: this.#sparseMetric() }), dimensions };
  }

  #assertFits({ kind, dimensions }: StoredKind): void {
    if (kind === "dense") this.#denseMetric();
    else if (kind === "sparse") this.#sparseMetric();
    const wanted = this.#settings.dimensions;
    if (kind === "undecided" || wanted === undefined || wanted === dimensions) return;
    throw new JflowError(
      "FAILED_PRECONDITION",
      `uses_with.dim is ${wanted}, but the stored vectors have ${dimensions} dimensions: write dim: ${dimensions}, or move the data away and index it anew`,
    );
  }

  #options(): { metric: Metric; M: number; efConstruction: number; ef: number } {
    const { M, efConstruction, ef } = this.#settings;
    return { metric: this.#denseMetric(), M, efConstruction, ef };
  }

  #denseMetric(): Metric {
    const { metric } = this.#settings;
    if (metric === "bm25")
      throw new JflowError(
        "INVALID_ARGUMENT",
        "metric bm25 ranks texts, and the index holds dense embeddings: set metric: cosine in uses_with of HNSWIndexer, or move the data away and index it anew",
      );
    return metric;
  }

  #sparseMetric(): SparseMetric {
    const { metric } = this.#settings;
    if (metric === "l2")
      throw new JflowError(
        "INVALID_ARGUMENT",
        "sparse embeddings cannot be searched by metric l2: use cosine, ip or bm25",
      );
    return metric;
  }

  #checkOne(
    whose: string,
    vector: AnyVector,
    expected: { kind: "dense" | "sparse"; dimensions: number },
  ): void {
    if (kindOf(vector) !== expected.kind)
      throw new JflowError(
        "INVALID_ARGUMENT",
        `${whose} is ${kindOf(vector)}, the index is ${expected.kind}`,
      );
    if (lengthOf(vector) !== expected.dimensions) {
      throw new JflowError(
        "INVALID_ARGUMENT",
        `${whose} has ${lengthOf(vector)} dimensions, the index has ${expected.dimensions}`,
      );
    }
    if (expected.kind === "sparse") this.#sparseMetric();
    else this.#denseMetric();
    if (expected.kind === "dense" && expected.dimensions > MAX_DENSE_DIMENSIONS)
      throw new JflowError(
        "INVALID_ARGUMENT",
        `${whose} has ${expected.dimensions} dimensions: a dense embedding has at most ${MAX_DENSE_DIMENSIONS}`,
      );
    assertNumbers(whose, vector);
    if (this.#settings.metric !== "cosine") assertLength(whose, vector);
    if (this.#settings.metric === "bm25") assertCounts(whose, vector);
  }
}
