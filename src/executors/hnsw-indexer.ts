import { join } from "node:path";
import {
  Document,
  Executor,
  JflowError,
  type DocumentArray,
  type ExecutorPlace,
  type RequestContext,
} from "../index.ts";
import { DocumentStore, isHnswAvailable } from "../vector-index/vector-index.ts";
import { MOST_RESULTS, readHnswConfig, type HnswConfig, type HnswSettings } from "./hnsw-config.ts";
import { AnyIndex, type AnyVector } from "./any-index.ts";
import { wholeNumber } from "./config.ts";

/**
 * A vector index with its documents: the shard's vectors live in memory, its documents in segment files. Dense embeddings are searched through
 * an HNSW graph (exactly while the shard is small), sparse ones exactly through inverted lists; the first embedding decides which.
 * `scores[metric].value` of a match is hnswlib's distance: smaller is better, ties by id.
 */
export class HNSWIndexer extends Executor<HnswConfig> {
  static override readonly requests = {
    "/index": "index",
    "/update": "update",
    "/delete": "delete",
    "/search": "search",
    "/get": "get",
    "/status": "status",
  };
  static override readonly writes = ["index", "update", "delete"];
  static override readonly polling = { "/get": "HASH", "/status": "ALL" } as const;

  readonly #settings: HnswSettings;
  readonly #index: AnyIndex;
  #store: DocumentStore | undefined;

  constructor(config: HnswConfig, place: ExecutorPlace) {
    super(config, place);
    this.#settings = readHnswConfig(config);
    this.#index = new AnyIndex(this.#settings);
  }

  async load(): Promise<void> {
    const hnsw = isHnswAvailable();
    if (!hnsw.available) this.log.warn(`hnswlib-node is missing, every search is an exact scan: ${hnsw.reason}`);
    this.#store = await DocumentStore.open(this.#folder);
  }

  /** Adds documents, each in place of the one of the same id. One that has no vector, or a wrong one, refuses the whole request. */
  async index(docs: DocumentArray): Promise<void> {
    const entries = docs.map((doc) => this.#readEntry(doc));
    this.#index.check(entries);
    for (const { id, bytes } of entries) this.#documents.put(id, bytes);
    await this.#index.addMany(entries);
  }

  /** As `index`: the document is replaced whole, and added where there is none of that id. */
  async update(docs: DocumentArray): Promise<void> {
    await this.index(docs);
  }

  /** Removes the documents of the request and those of parameter `ids`; ids that are not there are passed over. */
  delete(docs: DocumentArray, { parameters }: RequestContext): void {
    const ids = [...docs.map((doc) => doc.id), ...readIds(parameters)];
    this.#index.remove(ids);
    for (const id of ids) this.#documents.delete(id);
  }

  /** Gives each document its `limit` (10 unless `uses_with` says another) nearest as `matches`, after `offset` (0) of them. */
  search(docs: DocumentArray, { parameters }: RequestContext): void {
    refuseUnbuilt(parameters);
    const limit = wholeNumber(parameters["limit"], "limit", {
      least: 1,
      most: MOST_RESULTS,
      fallback: this.#settings.limit,
    });
    const offset = wholeNumber(parameters["offset"], "offset", { least: 0, most: MOST_RESULTS - 1, fallback: 0 });
    const ef = wholeNumber(parameters["ef"], "ef", { least: 1, most: 100_000, fallback: this.#settings.ef });
    if (offset + limit > MOST_RESULTS)
      throw new JflowError("INVALID_ARGUMENT", `offset + limit is ${offset + limit}: at most ${MOST_RESULTS}`);
    for (const doc of docs) doc.matches = this.#match(readVector(Document.decode(doc.encode())), { limit, offset, ef });
  }

  /** The stored documents of the given ids (of the request's documents, and of parameter `ids`), those that are there. */
  get(docs: DocumentArray, { parameters }: RequestContext): DocumentArray {
    const stored = this.#documents.getMany([...docs.map((doc) => doc.id), ...readIds(parameters)]);
    return stored.filter((bytes) => bytes !== undefined).map((bytes) => Document.decode(bytes));
  }

  /** Facts of this shard, in `__results__`. */
  status(): Record<string, unknown> {
    const { metric } = this.#settings;
    return { count: this.count(), metric, dimensions: this.#index.dimensions ?? null, kind: this.#index.kind ?? null };
  }

  count(): number {
    return this.#documents.count;
  }

  digest(): string {
    return `${this.#index.digest()}-${this.#documents.digest()}`;
  }

  *documents(): Generator<Document> {
    for (const id of this.#documents.ids()) yield Document.decode(this.#documents.get(id)!);
  }

  async snapshot(folder: string): Promise<void> {
    await this.#index.save(folder);
    await this.#documents.snapshot(folder);
  }

  async restore(folder: string): Promise<void> {
    this.#store?.close();
    this.#store = await DocumentStore.restore(folder, this.#folder);
    await this.#index.load(folder);
  }

  close(): void {
    this.#store?.close();
    this.#index.close();
  }

  get #folder(): string {
    return join(this.workspace, "documents");
  }

  get #documents(): DocumentStore {
    if (this.#store === undefined) throw new JflowError("INTERNAL", "HNSWIndexer is used before it is loaded");
    return this.#store;
  }

  /** The bytes are taken first and the vector from a copy of them, so that the request's own document stays untouched and is sent back as it came. */
  #readEntry(doc: Document): { id: string; bytes: Uint8Array; vector: AnyVector } {
    if (doc.id === "") throw new JflowError("INVALID_ARGUMENT", "a document has no id");
    const bytes = doc.encode();
    return { id: doc.id, bytes, vector: readVector(Document.decode(bytes)) };
  }

  #match(vector: AnyVector, { limit, offset, ef }: { limit: number; offset: number; ef: number }): Document[] {
    const hits = this.#index.search(vector, offset + limit, ef).slice(offset);
    const stored = this.#documents.getMany(hits.map((hit) => hit.id));
    return hits.map((hit, i) => {
      const bytes = stored[i];
      if (bytes === undefined) throw new JflowError("INTERNAL", `document "${hit.id}" has a vector but is not stored`);
      const match = Document.decode(bytes);
      match.scores = { [this.#settings.metric]: { value: hit.distance, opName: "", description: "", refId: "" } };
      return match;
    });
  }
}

/** Reserved, so that no flow comes to rely on their being ignored. One that says nothing (null, {}) is as good as absent. */
const UNBUILT = ["filter", "search_after"];

function refuseUnbuilt(parameters: RequestContext["parameters"]): void {
  const name = UNBUILT.find((each) => Object.keys(parameters[each] ?? {}).length > 0);
  if (name === undefined) return;
  throw new JflowError(
    "UNIMPLEMENTED",
    `HNSWIndexer has no parameter ${name} yet: leave it out, ask for more matches (limit) and choose among them`,
  );
}

function readVector(doc: Document): AnyVector {
  const vector = doc.embedding ?? doc.sparseEmbedding;
  if (vector !== undefined && (!(vector instanceof Float32Array) || vector.length > 0)) return vector;
  throw new JflowError(
    "INVALID_ARGUMENT",
    `document "${doc.id}" has no embedding: an encoder must come before the indexer`,
  );
}

function readIds(parameters: RequestContext["parameters"]): readonly string[] {
  const ids = parameters["ids"];
  if (ids === undefined || ids === null) return [];
  if (Array.isArray(ids) && ids.every((id): id is string => typeof id === "string")) return ids;
  throw new JflowError("INVALID_ARGUMENT", "parameter ids must be a list of strings");
}
