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
import { readHnswConfig, type HnswConfig, type HnswOptions } from "./indexer/hnsw-config.ts";
import { AnyIndex } from "./indexer/any-index.ts";
import {
  clearDocuments,
  deleteDocuments,
  putDocuments,
  remove,
  updateDocuments,
  type IndexContent,
  type WriteResult,
} from "./indexer/index-writes.ts";
import {
  assertKnownParameters,
  PAGE_PARAMETERS,
  SEARCH_PARAMETERS,
} from "./indexer/known-parameters.ts";
import { readFilter, readIds, readPage, readSearchPage } from "./indexer/parameters.ts";
import { Searcher } from "./indexer/searcher.ts";
import { readTrim, TRIM_PARAMETERS } from "./indexer/shown-fields.ts";
import { takeAccepted } from "./indexer/take-accepted.ts";

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
    "/_locate": "locate",
  };
  static override readonly writes = ["index", "update", "delete", "clear"];
  static readonly formerWrites = {
    index: "putAsBefore",
    update: "putAsBefore",
    delete: "deleteAsBefore",
    clear: "clearAsBefore",
  };
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
    this.#index = new AnyIndex(this.#settings, this.workspace);
  }

  async load(): Promise<void> {
    const hnsw = isHnswAvailable();
    if (!hnsw.available) this.log.warn(hnsw.reason);
    this.#store = await DocumentStore.open(this.#folder);
  }

  /** Adds or replaces documents by id. One without a usable embedding fails the whole request. */
  async index(docs: DocumentArray, context: RequestContext): Promise<WriteResult> {
    assertKnownParameters(context, []);
    return putDocuments(this.#content, docs);
  }

  /**
   * Merges the fields and tags of each document into the stored one. With parameter `replace`, the
   * document replaces the stored one. An unknown id is reported and not added.
   */
  async update(docs: DocumentArray, context: RequestContext): Promise<WriteResult> {
    assertKnownParameters(context, ["replace"]);
    return updateDocuments(this.#content, docs, context.parameters);
  }

  /**
   * Removes the documents whose ids are in the request or in parameter `ids`; with parameter
   * `filter`, only those that pass. With `filter` and neither documents nor `ids`, removes every
   * document that passes.
   */
  async delete(docs: DocumentArray, context: RequestContext): Promise<WriteResult> {
    assertKnownParameters(context, ["ids", "filter"]);
    return deleteDocuments(this.#content, docs, context.parameters);
  }

  /** Removes every document, or those that pass parameter `filter`. */
  async clear(_: DocumentArray, context: RequestContext): Promise<WriteResult> {
    assertKnownParameters(context, ["filter"]);
    return clearDocuments(this.#content, context.parameters);
  }

  /** Replays `/index` and `/update` of the first version: a document is added or replaced. */
  async putAsBefore(docs: DocumentArray): Promise<void> {
    await putDocuments(this.#content, docs);
  }

  /** Replays `/delete` of the first version, which ignored a filter. */
  deleteAsBefore(docs: DocumentArray, { parameters }: RequestContext): void {
    remove(this.#content, [...docs.map((doc) => doc.id), ...(readIds(parameters) ?? [])]);
  }

  /** Replays `/clear` of the first version, which ignored a filter. */
  clearAsBefore(): void {
    remove(this.#content, [...this.#documents.ids()]);
  }

  /** Returns the documents of the request whose ids are stored, for the gateway. */
  locate(docs: DocumentArray): DocumentArray {
    return docs.filter((doc) => this.#documents.has(doc.id));
  }

  /**
   * Sets `matches` of each document to its nearest stored documents that pass `filter` and
   * `max_distance`. Matches of docarray v1 have no embedding unless `with_embeddings` is true.
   */
  async search(docs: DocumentArray, context: RequestContext): Promise<void> {
    const { parameters } = context;
    assertKnownParameters(context, SEARCH_PARAMETERS);
    const page = readSearchPage(parameters, this.#settings);
    const accepts = readFilter(parameters);
    // The class of a docarray v2 client may require an embedding.
    const v1 = readTrim(parameters, { withEmbeddings: false });
    const trims = { v1, v2: readTrim(parameters, { withEmbeddings: true }) };
    const { score } = this.#settings;
    const parts = { vectors: this.#index, documents: this.#documents, score, context };
    const searcher = new Searcher({ ...parts, isBare: v1.isBare });
    for (const doc of docs) {
      const found = await searcher.find(doc, page, accepts);
      doc.matches = found.map(trims[doc.format]);
    }
  }

  /**
   * Returns the stored documents that pass parameter `filter`, oldest first: `limit` of them after
   * the first `offset`.
   */
  async filter(_: DocumentArray, context: RequestContext): Promise<DocumentArray> {
    const { parameters, signal } = context;
    assertKnownParameters(context, PAGE_PARAMETERS);
    const accepts = readFilter(parameters) ?? (() => true);
    const { limit, offset } = readPage(parameters, this.#settings);
    const ids = [...this.#documents.ids()];
    const from = { read: (id: string) => this.#read(id), signal };
    const found = await takeAccepted(ids, { limit, offset, accepts, ...from });
    return found.map(readTrim(parameters, { withEmbeddings: true }));
  }

  /** Sets the embedding of each document to the one stored under its id, if any. */
  fillEmbedding(docs: DocumentArray, context: RequestContext): void {
    assertKnownParameters(context, []);
    for (const doc of docs) {
      const stored = this.#read(doc.id);
      if (stored?.sparseEmbedding !== undefined) doc.sparseEmbedding = stored.sparseEmbedding;
      else if (stored !== undefined) doc.embedding = stored.embedding;
    }
  }

  /** Returns the stored documents of the request's ids and of parameter `ids`. */
  get(docs: DocumentArray, context: RequestContext): DocumentArray {
    const { parameters } = context;
    assertKnownParameters(context, ["ids", ...TRIM_PARAMETERS]);
    const ids = [...docs.map((doc) => doc.id), ...(readIds(parameters) ?? [])];
    const found = ids.flatMap((id) => this.#read(id) ?? []);
    return found.map(readTrim(parameters, { withEmbeddings: true }));
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

  get #content(): IndexContent {
    return { vectors: this.#index, documents: this.#documents, isRouted: this.shards > 1 };
  }

  get #documents(): DocumentStore {
    if (this.#store === undefined)
      throw new JflowError("INTERNAL", "HNSWIndexer is used before it is loaded");
    return this.#store;
  }

  #read(id: string): Document | undefined {
    const bytes = this.#documents.get(id);
    return bytes && Document.decode(bytes);
  }
}
