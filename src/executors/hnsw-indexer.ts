import { join } from "node:path";
import {
  Document,
  Executor,
  JflowError,
  type DocumentArray,
  type ExecutorPlace,
  type ExecutorResult,
  type RequestContext,
} from "../index.ts";
import { DocumentStore, isHnswAvailable } from "../vector-index/vector-index.ts";
import { addUnknownNames, findUnknownNames, type FilterResult } from "./filter-names.ts";
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
 * files. The first vector decides whether the index is dense (an HNSW graph, or an exact scan while
 * the shard is small) or sparse (searched exactly). `scores[metric].value` of a match is hnswlib's
 * distance, or its square root for `euclidean`. Ties are ordered by id.
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
  readonly #folder = join(this.workspace, "documents");
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
    const deleting = deleteDocuments(this.#content, docs, context.parameters);
    return addUnknownNames(deleting, context, this.documents());
  }

  /** Removes every document, or those that pass parameter `filter`. */
  async clear(_: DocumentArray, context: RequestContext): Promise<WriteResult> {
    assertKnownParameters(context, ["filter"]);
    const clearing = clearDocuments(this.#content, context.parameters);
    return addUnknownNames(clearing, context, this.documents());
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
   * `max_distance`. Matches of docarray v1 have no embedding unless `with_embeddings` is true. If
   * nothing is found, returns the names of the filter that no document has.
   */
  async search(docs: DocumentArray, context: RequestContext): Promise<ExecutorResult> {
    const { parameters } = context;
    assertKnownParameters(context, SEARCH_PARAMETERS);
    const page = readSearchPage(parameters, this.#settings);
    const accepts = readFilter(parameters);
    const v1 = readTrim(parameters, { withEmbeddings: false });
    // The class of a docarray v2 client may require an embedding.
    const trims = { v1, v2: readTrim(parameters, { withEmbeddings: true }) };
    const parts = { vectors: this.#index, documents: this.#documents, context };
    const searcher = new Searcher({ ...parts, ...this.#settings, isBare: v1.isBare });
    for (const doc of docs) {
      const found = await searcher.find(doc, page, accepts);
      doc.matches = found.map(trims[doc.format]);
    }
    if (docs.every(({ matches }) => matches.length === 0))
      return findUnknownNames(context, this.documents());
  }

  /**
   * Returns the stored documents that pass parameter `filter`, oldest first: `limit` of them after
   * the first `offset`. If nothing passes, returns the names of the filter that no document has.
   */
  async filter(docs: DocumentArray, context: RequestContext): Promise<FilterResult> {
    const { parameters, signal } = context;
    assertKnownParameters(context, PAGE_PARAMETERS);
    const accepts = readFilter(parameters) ?? (() => true);
    const page = readPage(parameters, this.#settings);
    const from = { read: (id: string) => this.#read(id), signal };
    const found = await takeAccepted([...this.#documents.ids()], { ...page, accepts, ...from });
    // With an object as the result, the answer holds the documents of the request.
    const isEmpty = found.length + docs.length === 0;
    const unknown = isEmpty && (await findUnknownNames(context, this.documents()));
    if (unknown) return unknown;
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
    assertKnownParameters(context, ["ids", ...TRIM_PARAMETERS]);
    const ids = [...docs.map((doc) => doc.id), ...(readIds(context.parameters) ?? [])];
    const found = ids.flatMap((id) => this.#read(id) ?? []);
    return found.map(readTrim(context.parameters, { withEmbeddings: true }));
  }

  /** Returns facts about this shard, which the answer holds in the parameter `__results__`. */
  status(): Record<string, unknown> {
    return {
      count: this.count(),
      metric: this.#settings.score.name,
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
