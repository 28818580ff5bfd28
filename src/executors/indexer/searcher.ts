import { Document, JflowError, type RequestContext } from "../../index.ts";
import type { DocumentStore, Hit } from "../../vector-index/vector-index.ts";
import type { AnyIndex, VectorEntry } from "./any-index.ts";
import type { HnswOptions } from "./hnsw-config.ts";
import type { DocumentTest, SearchPage } from "./parameters.ts";
import { takeAccepted } from "./take-accepted.ts";

/** A filtered search first reads this many times `offset + limit` of the nearest documents. */
const FIRST_PAGES = 10;

/** The parts of an index that a search reads. */
export interface SearcherDeps {
  readonly vectors: AnyIndex;
  readonly documents: DocumentStore;
  readonly score: HnswOptions["score"];
  /** Its signal ends a filtered search when the caller is gone. */
  readonly context: Pick<RequestContext, "signal">;
  /** Matches have only id and score: a search without a filter reads no document. */
  readonly isBare: boolean;
}

/** Finds the stored documents that are nearest to a vector. */
export class Searcher {
  readonly #deps: SearcherDeps;

  constructor(deps: SearcherDeps) {
    this.#deps = deps;
  }

  /**
   * Returns the documents that are nearest to the embedding of `query` and pass `accepts`, with
   * their scores. The query stays undecoded and is sent back byte for byte.
   */
  async find(query: Document, page: SearchPage, accepts?: DocumentTest): Promise<Document[]> {
    const { vectors } = this.#deps;
    const vector = { id: query.id, vector: vectors.reader.read(Document.decode(query.encode())) };
    return accepts === undefined
      ? this.#match(vector, page)
      : this.#matchAmong(vector, page, accepts);
  }

  #match(vector: VectorEntry, { limit, offset, ef, maxDistance }: SearchPage): Document[] {
    return this.#deps.vectors
      .search(vector, offset + limit, ef)
      .filter((hit) => this.#isNear(hit, maxDistance))
      .slice(offset)
      .map((hit) => {
        const match = this.#deps.isBare ? this.#name(hit) : this.#read(hit);
        if (match === undefined)
          throw new JflowError("INTERNAL", `document "${hit.id}" has a vector but is not stored`);
        return match;
      });
  }

  /** Filters the nearest documents. If fewer than `limit` pass, searches among all documents. */
  async #matchAmong(
    vector: VectorEntry,
    { limit, offset, ef, maxDistance }: SearchPage,
    accepts: DocumentTest,
  ): Promise<Document[]> {
    const { vectors, documents, context } = this.#deps;
    const { signal } = context;
    const { count } = documents;
    const read = (hit: Hit): Document | undefined => this.#read(hit);
    const isNear = (hit: Hit): boolean => this.#isNear(hit, maxDistance);
    const look = async (hits: readonly Hit[]): Promise<Document[]> =>
      takeAccepted(hits.filter(isNear), { limit, offset, accepts, read, signal });
    const reach = FIRST_PAGES * (offset + limit);
    const first = vectors.search(vector, Math.min(count, reach), ef);
    const found = await look(first);
    const isWhole = first.length < Math.min(count, reach) || reach >= count;
    const isComplete = found.length === limit || isWhole || !first.every(isNear);
    return isComplete ? found : look(vectors.search(vector, count, ef));
  }

  #isNear({ distance }: Hit, maxDistance: number): boolean {
    return this.#deps.score.of(distance) <= maxDistance;
  }

  #read({ id, distance }: Hit): Document | undefined {
    const bytes = this.#deps.documents.get(id);
    return bytes && this.#withScore(Document.decode(bytes), distance);
  }

  #name({ id, distance }: Hit): Document | undefined {
    return this.#deps.documents.has(id)
      ? this.#withScore(new Document({ id }), distance)
      : undefined;
  }

  #withScore(match: Document, distance: number): Document {
    const { name, of } = this.#deps.score;
    match.scores = { [name]: { value: of(distance), opName: "", description: "", refId: "" } };
    return match;
  }
}
