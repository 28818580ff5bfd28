import { randomUUID } from "node:crypto";
import { JflowError } from "../../util/errors.ts";
import { translateRangeErrors } from "../../util/malformed.ts";
import { decodeStruct, encodeStruct } from "../../document/values/struct.ts";
import { BYTES, ProtoReader } from "../../util/protobuf/proto-reader.ts";
import { ProtoWriter, varintLength } from "../../util/protobuf/proto-writer.ts";
import { slicesOf } from "./document-fields.ts";
import {
  decodeHeader,
  decodeRoute,
  encodeHeader,
  encodeRoute,
  type RequestHeader,
  type Route,
} from "./messages.ts";

/** Field numbers of `DataRequestProto`, and of the two forms in its `DataContentProto`. */
const HEADER = 1;
const PARAMETERS = 2;
const ROUTES = 3;
const DATA = 4;
const DOCS = 1;
const DOCS_BYTES = 2;

const EMPTY = new Uint8Array(0);

/**
 * A `DataRequestProto` looked at without decoding its documents. Every getter decodes on first use
 * and keeps the result; malformed bytes throw `INVALID_ARGUMENT`, those of the outermost level
 * already in `viewDataRequest`.
 */
export interface DataRequest {
  readonly bytes: Uint8Array;
  readonly header: RequestHeader;
  /** `{}` where the request has none. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly hasParameters: boolean;
  readonly routes: readonly Route[];
  /** The bytes of each `RouteProto`. */
  readonly routeSlices: readonly Uint8Array[];
  /** How the documents are held: none, one by one (`docs`), or as Jina's opaque `docs_bytes`. */
  readonly documentsForm: "none" | "docs" | "docs_bytes";
  /**
   * The bytes of each document, no copies. Throws `INVALID_ARGUMENT` for `docs_bytes`: a pickle,
   * which only passes through.
   */
  readonly documents: readonly Uint8Array[];
  /** The bytes of `DataContentProto`; undefined when absent. */
  readonly data: Uint8Array | undefined;
}

/**
 * What to replace in a request; what is not named stays byte for byte, fields we do not know
 * included.
 */
export interface DataRequestChanges {
  readonly header?: RequestHeader;
  /** null removes them. */
  readonly parameters?: Readonly<Record<string, unknown>> | null;
  readonly routes?: readonly Route[];
  /** Raw `RouteProto`s; wins over `routes`. */
  readonly routeSlices?: readonly Uint8Array[];
  readonly documents?: readonly Uint8Array[];
  /**
   * The whole `DataContentProto`, as `DataRequest.data` of another request gives it; wins over
   * `documents`; null removes it.
   */
  readonly data?: Uint8Array | null;
}

/**
 * Throws `INVALID_ARGUMENT` where the bytes are no `DataRequestProto` (an empty message is one).
 */
export function viewDataRequest(bytes: Uint8Array): DataRequest {
  return new DataRequestView(bytes);
}

/** The request with some parts replaced, as new bytes. */
export function rewriteDataRequest(request: DataRequest, changes: DataRequestChanges): Uint8Array {
  const writer = new ProtoWriter(request.bytes.length + 256);
  writeChanges(writer, changes);
  const replaced = replacedFields(changes);
  const reader = new ProtoReader(request.bytes);
  while (reader.next()) {
    if (!replaced.includes(reader.field)) writer.raw(reader.record());
  }
  return writer.finish();
}

/** A new request from its parts. */
export function buildDataRequest(
  parts: DataRequestChanges & { readonly header: RequestHeader },
): Uint8Array {
  const writer = new ProtoWriter(256);
  writeChanges(writer, parts);
  return writer.finish();
}

/** The requests of a `DataRequestListProto`, without copies. */
export function decodeRequestList(bytes: Uint8Array): readonly Uint8Array[] {
  return translateRangeErrors("DataRequestListProto", () => slicesOf(bytes, 1));
}

/** A `DataRequestListProto`. */
export function encodeRequestList(requests: readonly Uint8Array[]): Uint8Array {
  const writer = new ProtoWriter(requests.reduce((sum, request) => sum + request.length + 10, 16));
  for (const request of requests) writer.putBytes(1, request);
  return writer.finish();
}

/** 32 hex digits, as Jina's clients make them. */
export function makeRequestId(): string {
  return randomUUID().replaceAll("-", "");
}

class DataRequestView implements DataRequest {
  readonly bytes: Uint8Array;
  readonly routeSlices: readonly Uint8Array[];
  readonly hasParameters: boolean;
  readonly data: Uint8Array | undefined;
  readonly #headerSlice: Uint8Array;
  readonly #parametersSlice: Uint8Array;
  #header: RequestHeader | undefined;
  #parameters: Readonly<Record<string, unknown>> | undefined;
  #documents: readonly Uint8Array[] | undefined;

  constructor(bytes: Uint8Array) {
    const parts = translateRangeErrors("DataRequestProto", () => splitRequest(bytes));
    this.bytes = bytes;
    this.routeSlices = parts.routes;
    this.hasParameters = parts.parameters !== undefined;
    this.data = parts.data;
    this.#headerSlice = parts.header ?? EMPTY;
    this.#parametersSlice = parts.parameters ?? EMPTY;
  }

  get header(): RequestHeader {
    this.#header ??= decodeHeader(this.#headerSlice);
    return this.#header;
  }

  get parameters(): Readonly<Record<string, unknown>> {
    this.#parameters ??= decodeStruct(this.#parametersSlice);
    return this.#parameters;
  }

  get routes(): readonly Route[] {
    return this.routeSlices.map(decodeRoute);
  }

  get documentsForm(): "none" | "docs" | "docs_bytes" {
    const { data } = this;
    if (!data || data.length === 0) return "none";
    const reader = new ProtoReader(data);
    return translateRangeErrors("DataContentProto", () => {
      while (reader.next()) {
        if (reader.field === DOCS_BYTES) return "docs_bytes";
        if (reader.field === DOCS) return "docs";
      }
      return "none";
    });
  }

  get documents(): readonly Uint8Array[] {
    this.#documents ??= this.#splitDocuments();
    return this.#documents;
  }

  #splitDocuments(): readonly Uint8Array[] {
    const { data } = this;
    if (this.documentsForm === "docs_bytes") {
      throw new JflowError(
        "INVALID_ARGUMENT",
        "docs_bytes cannot be looked into: send the documents as docs",
      );
    }
    if (!data) return [];
    return translateRangeErrors("DataContentProto", () =>
      slicesOf(data, DOCS).flatMap((array) => slicesOf(array, 1)),
    );
  }
}

interface RequestParts {
  header: Uint8Array | undefined;
  parameters: Uint8Array | undefined;
  data: Uint8Array | undefined;
  readonly routes: Uint8Array[];
}

function splitRequest(bytes: Uint8Array): RequestParts {
  const parts: RequestParts = {
    header: undefined,
    parameters: undefined,
    data: undefined,
    routes: [],
  };
  const reader = new ProtoReader(bytes);
  while (reader.next()) {
    if (reader.field === HEADER) parts.header = reader.slice();
    else if (reader.field === PARAMETERS) parts.parameters = reader.slice();
    else if (reader.field === ROUTES) parts.routes.push(reader.slice());
    else if (reader.field === DATA) parts.data = reader.slice();
  }
  return parts;
}

function replacedFields(changes: DataRequestChanges): readonly number[] {
  return [
    ...(changes.header === undefined ? [] : [HEADER]),
    ...(changes.parameters === undefined ? [] : [PARAMETERS]),
    ...(changes.routes === undefined && changes.routeSlices === undefined ? [] : [ROUTES]),
    ...(changes.documents === undefined && changes.data === undefined ? [] : [DATA]),
  ];
}

function writeChanges(writer: ProtoWriter, changes: DataRequestChanges): void {
  if (changes.header) writer.putBytes(HEADER, encodeHeader(changes.header));
  if (changes.parameters) writer.putBytes(PARAMETERS, encodeStruct(changes.parameters));
  const routes = changes.routeSlices ?? changes.routes?.map(encodeRoute) ?? [];
  for (const route of routes) writer.putBytes(ROUTES, route);
  if (changes.data) writer.putBytes(DATA, changes.data);
  else if (changes.data === undefined && changes.documents)
    writeDocuments(writer, changes.documents);
}

/**
 * `DataContentProto` with one `DocumentArrayProto`: their lengths are summed first, so that every
 * document is copied once.
 */
function writeDocuments(writer: ProtoWriter, documents: readonly Uint8Array[]): void {
  const arrayLength = documents.reduce((sum, document) => sum + recordLength(document.length), 0);
  writer.varint(DATA * 8 + BYTES).varint(recordLength(arrayLength));
  writer.varint(DOCS * 8 + BYTES).varint(arrayLength);
  writer.reserve(arrayLength);
  for (const document of documents) writer.putBytes(1, document);
}

/** Length of a record with a tag of one byte. */
function recordLength(valueLength: number): number {
  return 1 + varintLength(valueLength) + valueLength;
}
