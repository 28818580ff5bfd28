import { join } from "node:path";
import {
  Document,
  Executor,
  JflowError,
  type DocumentArray,
  type ExecutorPlace,
  type RequestContext,
} from "../index.ts";
import {
  DocumentStore,
  isHnswAvailable,
  type Hit,
  MAX_RESULTS,
} from "../vector-index/vector-index.ts";
import { readHnswConfig, type HnswConfig, type HnswOptions } from "./hnsw-config.ts";
import { AnyIndex, type VectorEntry } from "./any-index.ts";
import { readVector, type AnyVector } from "./vectors.ts";
import {
  readFilter,
  readIds,
  readPage,
  refuseReserved,
  type DocumentTest,
  type Page,
} from "./parameters.ts";
import { takeAccepted } from "./take-accepted.ts";

/** A filtered search first reads this many times `offset + limit` of the nearest documents. */
const FIRST_PAGES = 10;

/**
 * A vector index with its documents. The vectors of a shard are in memory, its documents in segment
 * files. The first embedding decides whether the index is dense or sparse. A dense index uses an
 * HNSW graph, or an exact scan while the shard is small. A sparse index is always searched exactly.
 * `scores[metric].value` of a match is hnswlib's distance, or its square root for `euclidean`.
 * Smaller is better, and ties are ordered by id.
 */
export class HNSWIndexer extends Executor<HnswConfig> {
  static override readonly requests = {
    "/index": "index",
    "/update": "update",
    "/delete": "delete",
    "/search": "search",
    "/get": "get",
    "/fill_embedding": "fillEmbedding",
    "/filter": "filter",
    "/clear": "clear",
    "/status": "status",
  };
  static override readonly writes = ["index", "update", "delete", "clear"];
  static override readonly polling = {
    "/get": "HASH",
    "/fill_embedding": "HASH",
    "/filter": "ALL",
    "/clear": "ALL",
    "/status": "ALL",
  } as const;

  readonly #settings: HnswOptions;
  readonly #index: AnyIndex;
  #store: DocumentStore | undefined;

  constructor(config: HnswConfig, place: ExecutorPlace) {
    super(config, place);
    this.#settings = readHnswConfig(config);
    this.#index = new AnyIndex(this.#settings);
  }

  async load(): Promise<void> {
    const hnsw = isHnswAvailable();
    if (!hnsw.available) this.log.warn(hnsw.reason);
    this.#store = await DocumentStore.open(this.#folder);
  }

  /**
   * Adds documents. A document replaces the stored document of the same id. A document without a
   * usable embedding fails the whole request.
   */
  async index(docs: DocumentArray): Promise<void> {
    const entries = docs.map((doc) => this.#readEntry(doc));
    this.#index.check(entries);
    for (const { id, bytes } of entries) this.#documents.put(id, bytes);
    await this.#index.addMany(entries);
  }

  /** Does the same as `index`: a document is replaced as a whole, or added. */
  async update(docs: DocumentArray): Promise<void> {
    await this.index(docs);
  }

  /** Removes the documents of the request and of parameter `ids`. Unknown ids are ignored. */
  delete(docs: DocumentArray, { parameters }: RequestContext): void {
    const ids = [...docs.map((doc) => doc.id), ...readIds(parameters)];
    this.#index.remove(ids);
    for (const id of ids) this.#documents.delete(id);
  }

  /** Removes everything. */
  clear(): void {
    const ids = [...this.#documents.ids()];
    this.#index.remove(ids);
    for (const id of ids) this.#documents.delete(id);
  }

  /**
   * Sets `matches` of each document to its nearest stored documents. Parameter `offset` (default 0)
   * skips the first ones. Parameter `limit` (default: that of `uses_with`, or 10) sets how many
   * follow. Parameter `filter` keeps only documents that pass the filter.
   */
  async search(docs: DocumentArray, { parameters }: RequestContext): Promise<void> {
    refuseReserved(parameters);
    const page = readPage(parameters, this.#settings);
    const accepts = readFilter(parameters);
    for (const doc of docs) {
      const vector = { id: doc.id, vector: readVector(Document.decode(doc.encode())) };
      doc.matches =
        accepts === undefined
          ? this.#match(vector, page)
          : await this.#matchAmong(vector, page, accepts);
    }
  }

  /**
   * Returns the stored documents that pass parameter `filter`, oldest first. Parameter `offset`
   * (default 0) skips the first ones. Parameter `limit` (default: all) sets how many follow.
   */
  async filter(_: DocumentArray, { parameters }: RequestContext): Promise<DocumentArray> {
    const accepts = readFilter(parameters) ?? (() => true);
    const { limit, offset } = readPage({ limit: MAX_RESULTS, ...parameters }, this.#settings);
    const ids = [...this.#documents.ids()];
    return takeAccepted(ids, { limit, offset, accepts, read: (id) => this.#read(id) });
  }

  /** Sets the embedding of each document to the one stored under its id, if any. */
  fillEmbedding(docs: DocumentArray): void {
    for (const doc of docs) {
      const stored = this.#read(doc.id);
      if (stored?.sparseEmbedding !== undefined) doc.sparseEmbedding = stored.sparseEmbedding;
      else if (stored !== undefined) doc.embedding = stored.embedding;
    }
  }

  /** Returns the stored documents of the request's ids and of parameter `ids`. */
  get(docs: DocumentArray, { parameters }: RequestContext): DocumentArray {
    const stored = this.#documents.getMany([...docs.map((doc) => doc.id), ...readIds(parameters)]);
    return stored.filter((bytes) => bytes !== undefined).map((bytes) => Document.decode(bytes));
  }

  /** Returns facts about this shard, which the answer holds in the parameter `__results__`. */
  status(): Record<string, unknown> {
    const { name: metric } = this.#settings.score;
    return {
      count: this.count(),
      metric,
      dimensions: this.#index.dimensions ?? null,
      kind: this.#index.kind ?? null,
    };
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
    if (this.#store === undefined)
      throw new JflowError("INTERNAL", "HNSWIndexer is used before it is loaded");
    return this.#store;
  }

  // A second `Document` is decoded, so that the one in the request is sent back byte for byte.
  #readEntry(doc: Document): { id: string; bytes: Uint8Array; vector: AnyVector } {
    if (doc.id === "") throw new JflowError("INVALID_ARGUMENT", "a document has no id");
    const bytes = doc.encode();
    return { id: doc.id, bytes, vector: readVector(Document.decode(bytes)) };
  }

  #match(vector: VectorEntry, { limit, offset, ef }: Page): Document[] {
    return this.#index
      .search(vector, offset + limit, ef)
      .slice(offset)
      .map((hit) => {
        const match = this.#read(hit.id);
        if (match === undefined)
          throw new JflowError("INTERNAL", `document "${hit.id}" has a vector but is not stored`);
        return this.#score(match, hit);
      });
  }

  /** Filters the nearest documents. If fewer than `limit` pass, searches among all documents. */
  async #matchAmong(
    vector: VectorEntry,
    { limit, offset, ef }: Page,
    accepts: DocumentTest,
  ): Promise<Document[]> {
    const read = (hit: Hit): Document | undefined => {
      const match = this.#read(hit.id);
      return match && this.#score(match, hit);
    };
    const look = async (reach: number): Promise<Document[]> =>
      takeAccepted(this.#index.search(vector, reach, ef), { limit, offset, accepts, read });
    const reach = FIRST_PAGES * (offset + limit);
    const found = await look(Math.min(this.count(), reach));
    return found.length === limit || reach >= this.count() ? found : look(this.count());
  }

  #score(match: Document, { distance }: Hit): Document {
    const { name, of } = this.#settings.score;
    match.scores = { [name]: { value: of(distance), opName: "", description: "", refId: "" } };
    return match;
  }

  #read(id: string): Document | undefined {
    const bytes = this.#documents.get(id);
    return bytes && Document.decode(bytes);
  }
}
