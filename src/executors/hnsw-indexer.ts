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
import { readHnswConfig, type HnswConfig, type HnswSettings } from "./hnsw-config.ts";
import { AnyIndex, type AnyVector } from "./any-index.ts";
import { readFilter, readPage, takeAccepted, type DocumentTest, type Page } from "./page.ts";

/**
 * A vector index with its documents: the shard's vectors live in memory, its documents in segment
 * files. Dense embeddings are searched through an HNSW graph (exactly while the shard is small),
 * sparse ones exactly through inverted lists; the first embedding decides which.
 * `scores[metric].value` of a match is hnswlib's distance, or its root for `euclidean`: smaller is
 * better, ties by id.
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
    if (!hnsw.available)
      this.log.warn(`hnswlib-node is missing, every search is an exact scan: ${hnsw.reason}`);
    this.#store = await DocumentStore.open(this.#folder);
  }

  /**
   * Adds documents, each in place of the one of the same id. One that has no vector, or a wrong
   * one, refuses the whole request.
   */
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

  /**
   * Removes the documents of the request and those of parameter `ids`; ids that are not there are
   * passed over.
   */
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
   * Gives each document its `limit` (10 unless `uses_with` says another) nearest as `matches`,
   * after `offset` (0) of them; of those alone that pass `filter`, where there is one.
   */
  async search(docs: DocumentArray, { parameters }: RequestContext): Promise<void> {
    refuseUnbuilt(parameters);
    const page = readPage(parameters, this.#settings);
    const accepts = readFilter(parameters);
    for (const doc of docs) {
      const vector = readVector(Document.decode(doc.encode()));
      doc.matches =
        accepts === undefined
          ? this.#match(vector, page)
          : await this.#matchAmong(vector, page, accepts);
    }
  }

  /**
   * The stored documents that pass parameter `filter`, in the order in which they came: `limit`
   * (all) of them, after `offset` (0).
   */
  async filter(_: DocumentArray, { parameters }: RequestContext): Promise<DocumentArray> {
    const accepts = readFilter(parameters) ?? (() => true);
    const { limit, offset } = readPage({ limit: MAX_RESULTS, ...parameters }, this.#settings);
    const ids = [...this.#documents.ids()];
    return takeAccepted(ids, { limit, offset, accepts, read: (id) => this.#read(id) });
  }

  /**
   * Gives each document the embedding that is stored under its id; one that is not stored stays as
   * it is.
   */
  fillEmbedding(docs: DocumentArray): void {
    for (const doc of docs) {
      const stored = this.#read(doc.id);
      if (stored?.sparseEmbedding !== undefined) doc.sparseEmbedding = stored.sparseEmbedding;
      else if (stored !== undefined) doc.embedding = stored.embedding;
    }
  }

  /**
   * The stored documents of the given ids (of the request's documents, and of parameter `ids`),
   * those that are there.
   */
  get(docs: DocumentArray, { parameters }: RequestContext): DocumentArray {
    const stored = this.#documents.getMany([...docs.map((doc) => doc.id), ...readIds(parameters)]);
    return stored.filter((bytes) => bytes !== undefined).map((bytes) => Document.decode(bytes));
  }

  /** Facts of this shard, in `__results__`. */
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

  /**
   * The bytes are taken first and the vector from a copy of them, so that the request's own
   * document stays untouched and is sent back as it came.
   */
  #readEntry(doc: Document): { id: string; bytes: Uint8Array; vector: AnyVector } {
    if (doc.id === "") throw new JflowError("INVALID_ARGUMENT", "a document has no id");
    const bytes = doc.encode();
    return { id: doc.id, bytes, vector: readVector(Document.decode(bytes)) };
  }

  #match(vector: AnyVector, { limit, offset, ef }: Page): Document[] {
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

  /**
   * Looks through the nearest few first; where too few of them pass, through all, the nearest
   * first.
   */
  async #matchAmong(
    vector: AnyVector,
    { limit, offset, ef }: Page,
    accepts: DocumentTest,
  ): Promise<Document[]> {
    const read = (hit: Hit): Document | undefined => {
      const match = this.#read(hit.id);
      return match && this.#score(match, hit);
    };
    const look = async (reach: number): Promise<Document[]> =>
      takeAccepted(this.#index.search(vector, reach, ef), { limit, offset, accepts, read });
    const reach = FIRST_LOOK * (offset + limit);
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

/**
 * Reserved, so that no flow comes to rely on their being ignored. One that says nothing (null, {})
 * is as good as absent.
 */
const UNBUILT = ["search_after"];

/** What of the nearest documents a search with a filter looks through first, in pages. */
const FIRST_LOOK = 10;

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
  if (vector !== undefined && (!(vector instanceof Float32Array) || vector.length > 0))
    return vector;
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
