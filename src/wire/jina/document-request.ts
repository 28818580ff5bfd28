import {
  buildDataRequest,
  rewriteDataRequest,
  viewDataRequest,
  type DataRequest,
  type DataRequestChanges,
} from "./data-request.ts";
import type { RequestHeader } from "./messages.ts";

/**
 * A `SingleDocumentRequestProto`: what is asked of a streaming endpoint, and each document of its
 * answer.
 */
export interface DocumentRequest extends Pick<DataRequest, "bytes" | "header" | "parameters"> {
  /** Its bytes; undefined when absent. */
  readonly document: Uint8Array | undefined;
}

/** What to replace; what is not named stays byte for byte. */
export interface DocumentRequestChanges extends Pick<
  DataRequestChanges,
  "header" | "parameters" | "routes"
> {
  readonly document?: Uint8Array;
}

/**
 * Throws `INVALID_ARGUMENT` where the bytes are none. Its fields are those of a `DataRequestProto`,
 * whose data is the document.
 */
export function viewDocumentRequest(bytes: Uint8Array): DocumentRequest {
  const view = viewDataRequest(bytes);
  return {
    bytes,
    get header() {
      return view.header;
    },
    get parameters() {
      return view.parameters;
    },
    document: view.data,
  };
}

/** The request with some parts replaced, as new bytes. */
export function rewriteDocumentRequest(
  bytes: Uint8Array,
  changes: DocumentRequestChanges,
): Uint8Array {
  return rewriteDataRequest(viewDataRequest(bytes), nameParts(changes));
}

/** A new request from its parts. */
export function buildDocumentRequest(
  parts: DocumentRequestChanges & { readonly header: RequestHeader },
): Uint8Array {
  return buildDataRequest({ ...nameParts(parts), header: parts.header });
}

function nameParts({ document, ...others }: DocumentRequestChanges): DataRequestChanges {
  return { ...others, ...(document === undefined ? {} : { data: document }) };
}
