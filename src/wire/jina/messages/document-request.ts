import { DataRequest, type DataRequestChanges } from "./data-request.ts";
import type { RequestHeader } from "./header.ts";
import { RequestContent } from "./request-content.ts";

/** The parts of a request that `with` replaces. */
export interface DocumentRequestChanges extends Pick<
  DataRequestChanges,
  "header" | "parameters" | "routes"
> {
  readonly document?: Uint8Array;
}

/**
 * A `SingleDocumentRequestProto`: the request to a streaming endpoint, and each message of its
 * answer. Its fields are those of a `DataRequestProto` whose data is the document, and it follows
 * the rules of `DataRequest`.
 */
export class DocumentRequest {
  readonly #request: DataRequest;

  private constructor(request: DataRequest) {
    this.#request = request;
  }

  /** A received request. Nothing is read yet. */
  static read(bytes: Uint8Array): DocumentRequest {
    return new DocumentRequest(DataRequest.read(bytes));
  }

  /** A new request. Nothing is written yet. */
  static make(parts: DocumentRequestChanges & { readonly header: RequestHeader }): DocumentRequest {
    return new DocumentRequest(DataRequest.make({ ...nameParts(parts), header: parts.header }));
  }

  /** Returns the request with some parts replaced. */
  with(changes: DocumentRequestChanges): DocumentRequest {
    return new DocumentRequest(this.#request.with(nameParts(changes)));
  }

  toBytes(): Uint8Array {
    return this.#request.toBytes();
  }

  get size(): number {
    return this.#request.size;
  }

  get header(): RequestHeader {
    return this.#request.header;
  }

  get parameters(): Readonly<Record<string, unknown>> {
    return this.#request.parameters;
  }

  /** The bytes of the document; undefined when absent. */
  get document(): Uint8Array | undefined {
    return this.#request.content.bytes;
  }
}

function nameParts({ document, ...others }: DocumentRequestChanges): DataRequestChanges {
  return { ...others, ...(document ? { content: RequestContent.read(document) } : {}) };
}
