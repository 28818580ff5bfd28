import type { RequestHeader, Route } from "./messages.ts";

/**
 * A `DataRequestProto` looked at without decoding its documents. Every getter decodes on first use and keeps the result;
 * malformed bytes throw `INVALID_ARGUMENT`, those of the outermost level already in `viewDataRequest`.
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
  /** The bytes of each document, no copies. Throws `INVALID_ARGUMENT` for `docs_bytes`: a pickle, which only passes through. */
  readonly documents: readonly Uint8Array[];
  /** The bytes of `DataContentProto`; undefined when absent. */
  readonly data: Uint8Array | undefined;
}

/** What to replace in a request; what is not named stays byte for byte, fields we do not know included. */
export interface DataRequestChanges {
  readonly header?: RequestHeader;
  /** null removes them. */
  readonly parameters?: Readonly<Record<string, unknown>> | null;
  readonly routes?: readonly Route[];
  /** Raw `RouteProto`s; wins over `routes`. */
  readonly routeSlices?: readonly Uint8Array[];
  readonly documents?: readonly Uint8Array[];
  /** The whole `DataContentProto`, as `DataRequest.data` of another request gives it; wins over `documents`; null removes it. */
  readonly data?: Uint8Array | null;
}

/** Throws `INVALID_ARGUMENT` where the bytes are no `DataRequestProto` (an empty message is one). */
export declare function viewDataRequest(bytes: Uint8Array): DataRequest;
export declare function rewriteDataRequest(request: DataRequest, changes: DataRequestChanges): Uint8Array;
/** A new request from its parts. */
export declare function buildDataRequest(parts: DataRequestChanges & { readonly header: RequestHeader }): Uint8Array;
/** `DataRequestListProto`, without copies. */
export declare function decodeRequestList(bytes: Uint8Array): readonly Uint8Array[];
export declare function encodeRequestList(requests: readonly Uint8Array[]): Uint8Array;
/** 32 hex digits, as Jina's clients make them. */
export declare function makeRequestId(): string;
