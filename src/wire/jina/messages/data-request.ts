import { randomUUID } from "node:crypto";
import { translateRangeErrors } from "../../../util/malformed.ts";
import { decodeStruct, encodeStruct } from "../../../document/values/struct.ts";
import { ProtoWriter } from "../../../util/protobuf/proto-writer.ts";
import { slicesOf } from "../../../document/scan/document-fields.ts";
import {
  decodeHeader,
  decodeRoute,
  encodeHeader,
  encodeRoute,
  type RequestHeader,
  type RouteStep,
} from "./header.ts";
import { EMPTY_REQUEST, splitRequest, writeRequest, type SplitRequest } from "./request-bytes.ts";
import { RequestContent, type ContentKind } from "./request-content.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** The parts of a request that `with` replaces. */
export interface DataRequestChanges {
  readonly header?: RequestHeader;
  readonly parameters?: Parameters;
  readonly routes?: readonly RouteStep[];
  readonly documents?: readonly Uint8Array[];
  /** The documents of another request, whatever their kind; wins over `documents`. */
  readonly content?: RequestContent;
}

const EMPTY = new Uint8Array(0);

/**
 * A `DataRequestProto` as an immutable value. Each part is read from the received bytes when it is
 * first used. A changed request shares every unchanged part with the one it comes from. The message
 * is written once, by `toBytes`; what did not change stays byte for byte, unknown fields included.
 *
 * Every getter throws `INVALID_ARGUMENT` for malformed bytes.
 */
export class DataRequest {
  readonly #source: Source;
  readonly #layer: Layer;
  #bytes: Uint8Array | undefined;

  private constructor(source: Source, layer: Layer, bytes?: Uint8Array) {
    this.#source = source;
    this.#layer = layer;
    this.#bytes = bytes;
  }

  /** A received request. Nothing is read yet. */
  static read(bytes: Uint8Array): DataRequest {
    return new DataRequest(new Source(bytes), NO_LAYER, bytes);
  }

  /** A new request. Nothing is written yet. */
  static make(parts: DataRequestChanges & { readonly header: RequestHeader }): DataRequest {
    return new DataRequest(NO_SOURCE, layOver(NO_LAYER, parts));
  }

  /** Returns the request with some parts replaced. */
  with(changes: DataRequestChanges): DataRequest {
    if (Object.keys(changes).length === 0) return this;
    return new DataRequest(this.#source, layOver(this.#layer, changes));
  }

  /**
   * Reads the outermost level now. Throws `INVALID_ARGUMENT` if the bytes are not a
   * `DataRequestProto`; an empty message is one.
   */
  check(): this {
    void this.#source.split;
    return this;
  }

  /** The received bytes if no part was replaced; else the written message, which is kept. */
  toBytes(): Uint8Array {
    this.#bytes ??= this.#write();
    return this.#bytes;
  }

  /** About how many bytes the request takes in memory: exactly its length if it was received. */
  get size(): number {
    return this.#source.bytes.length + (this.#layer.content?.recordLength ?? 0);
  }

  get header(): RequestHeader {
    return this.#layer.header?.value ?? this.#source.header;
  }

  /** `{}` if the request has none. */
  get parameters(): Parameters {
    return this.#layer.parameters?.value ?? this.#source.parameters;
  }

  get routes(): readonly RouteStep[] {
    return this.#layer.routes ?? this.#source.routes;
  }

  get hasRoutes(): boolean {
    return (this.#layer.routes ?? this.#source.split.routes).length > 0;
  }

  get content(): RequestContent {
    return this.#layer.content ?? this.#source.content;
  }

  /** How the request holds its documents. */
  get contentKind(): ContentKind {
    return this.content.kind;
  }

  /** The bytes of each document, as views. Throws `INVALID_ARGUMENT` also for `docs_bytes`. */
  get documents(): readonly Uint8Array[] {
    return this.content.documents;
  }

  #write(): Uint8Array {
    const { header, parameters, routes, content } = this.#layer;
    return writeRequest(this.#source.split, {
      header: header?.bytes,
      parameters: parameters?.bytes,
      routes: routes?.map(encodeRoute),
      content,
    });
  }
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

/** A value and its encoding, which is made once, for all requests that share the value. */
class Encodable<T> {
  readonly value: T;
  readonly #encode: (value: T) => Uint8Array;
  #bytes: Uint8Array | undefined;

  constructor(value: T, encode: (value: T) => Uint8Array) {
    this.value = value;
    this.#encode = encode;
  }

  get bytes(): Uint8Array {
    this.#bytes ??= this.#encode(this.value);
    return this.#bytes;
  }
}

/** The replaced parts of a request. */
interface Layer {
  readonly header: Encodable<RequestHeader> | undefined;
  readonly parameters: Encodable<Parameters> | undefined;
  readonly routes: readonly RouteStep[] | undefined;
  readonly content: RequestContent | undefined;
}

const NO_LAYER: Layer = {
  header: undefined,
  parameters: undefined,
  routes: undefined,
  content: undefined,
};

function layOver(below: Layer, changes: DataRequestChanges): Layer {
  const { header, parameters, routes, documents, content } = changes;
  return {
    header: header ? new Encodable(header, encodeHeader) : below.header,
    parameters: parameters ? new Encodable(parameters, encodeStruct) : below.parameters,
    routes: routes ?? below.routes,
    content: content ?? (documents ? RequestContent.of(documents) : below.content),
  };
}

/** The received bytes of a request and what was read of them so far. */
class Source {
  readonly bytes: Uint8Array;
  #split: SplitRequest | undefined;
  #header: RequestHeader | undefined;
  #parameters: Parameters | undefined;
  #routes: readonly RouteStep[] | undefined;
  #content: RequestContent | undefined;

  constructor(bytes: Uint8Array, split?: SplitRequest) {
    this.bytes = bytes;
    this.#split = split;
  }

  get split(): SplitRequest {
    this.#split ??= splitRequest(this.bytes);
    return this.#split;
  }

  get header(): RequestHeader {
    this.#header ??= decodeHeader(this.split.header ?? EMPTY);
    return this.#header;
  }

  get parameters(): Parameters {
    this.#parameters ??= decodeStruct(this.split.parameters ?? EMPTY);
    return this.#parameters;
  }

  get routes(): readonly RouteStep[] {
    this.#routes ??= this.split.routes.map(decodeRoute);
    return this.#routes;
  }

  get content(): RequestContent {
    this.#content ??= RequestContent.read(this.split.data);
    return this.#content;
  }
}

const NO_SOURCE = new Source(EMPTY, EMPTY_REQUEST);
