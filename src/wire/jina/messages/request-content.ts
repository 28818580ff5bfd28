import { JflowError } from "../../../util/errors.ts";
import { translateRangeErrors } from "../../../util/malformed.ts";
import { ProtoReader } from "../../../util/protobuf/proto-reader.ts";
import type { ProtoWriter } from "../../../util/protobuf/proto-writer.ts";
import { slicesOf } from "../../../document/scan/document-fields.ts";
import { recordLength, writeRecordHead } from "./request-bytes.ts";

/** Field numbers of `DataContentProto`. */
const DOCS = 1;
const DOCS_BYTES = 2;

/** How a request holds its documents: not at all, one by one, or as Python's opaque pickle. */
export type ContentKind = "none" | "docs" | "docs_bytes";

/**
 * The data of a request (`DataContentProto`): either received bytes, which are split into documents
 * on first use, or documents, which are written with the request.
 */
export class RequestContent {
  /** The content of a request that has no data field. */
  static readonly NONE = new RequestContent(undefined, []);

  /** The value of the data field; undefined if the request has none. */
  readonly bytes: Uint8Array | undefined;
  #documents: readonly Uint8Array[] | undefined;
  #kind: ContentKind | undefined;
  #arrayLength: number | undefined;

  private constructor(bytes: Uint8Array | undefined, documents?: readonly Uint8Array[]) {
    this.bytes = bytes;
    this.#documents = documents;
  }

  static read(bytes: Uint8Array | undefined): RequestContent {
    return bytes === undefined ? RequestContent.NONE : new RequestContent(bytes);
  }

  static of(documents: readonly Uint8Array[]): RequestContent {
    const content = new RequestContent(undefined, documents);
    content.#kind = "docs";
    return content;
  }

  /** Throws `INVALID_ARGUMENT` for malformed bytes. */
  get kind(): ContentKind {
    this.#kind ??= readKind(this.bytes);
    return this.#kind;
  }

  /**
   * The bytes of each document, as views. Throws `INVALID_ARGUMENT` for malformed bytes and for
   * `docs_bytes`.
   */
  get documents(): readonly Uint8Array[] {
    this.#documents ??= this.#split();
    return this.#documents;
  }

  /** How many bytes `write` writes. */
  get recordLength(): number {
    if (this.bytes) return recordLength(this.bytes.length);
    return this.#kind === "docs" ? recordLength(recordLength(this.#measure())) : 0;
  }

  /** Writes the data field: the received bytes, or one `DocumentArrayProto` of the documents. */
  write(writer: ProtoWriter, field: number): void {
    if (this.bytes) writer.putBytes(field, this.bytes);
    else if (this.#kind === "docs") {
      const arrayLength = this.#measure();
      writeRecordHead(writer, field, recordLength(arrayLength));
      writeRecordHead(writer, DOCS, arrayLength);
      for (const document of this.documents) writer.putBytes(1, document);
    }
  }

  #measure(): number {
    this.#arrayLength ??= this.documents.reduce(
      (sum, document) => sum + recordLength(document.length),
      0,
    );
    return this.#arrayLength;
  }

  #split(): readonly Uint8Array[] {
    const { bytes, kind } = this;
    if (kind === "docs_bytes") {
      throw new JflowError(
        "INVALID_ARGUMENT",
        "the request holds its documents as docs_bytes, which only Python can read; send docs",
      );
    }
    if (!bytes) return [];
    return translateRangeErrors("DataContentProto", () =>
      slicesOf(bytes, DOCS).flatMap((array) => slicesOf(array, 1)),
    );
  }
}

function readKind(bytes: Uint8Array | undefined): ContentKind {
  if (!bytes || bytes.length === 0) return "none";
  const reader = new ProtoReader(bytes);
  return translateRangeErrors("DataContentProto", () => {
    while (reader.next()) {
      if (reader.field === DOCS_BYTES) return "docs_bytes";
      if (reader.field === DOCS) return "docs";
    }
    return "none";
  });
}
