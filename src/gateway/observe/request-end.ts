import { toJflowError } from "../../util/errors.ts";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import type { DocumentRequest } from "../../wire/jina/messages/document-request.ts";

/** The facts about a request that the metrics count. */
export interface RequestFacts {
  readonly endpoint: string;
  readonly documents: number;
}

const MALFORMED: RequestFacts = { endpoint: "", documents: 0 };

/** Returns the facts about a request. Does not throw for malformed bytes. */
export function factsOfRequest(request: DataRequest | DocumentRequest): RequestFacts {
  try {
    return { endpoint: request.header.execEndpoint, documents: countDocuments(request) };
  } catch {
    return MALFORMED;
  }
}

function countDocuments(request: DataRequest | DocumentRequest): number {
  if (!("contentKind" in request)) return 1;
  return request.contentKind === "docs" ? request.documents.length : 0;
}

/** Returns the code of an answer that is an error; undefined for success. */
export function codeOfAnswer({
  error,
  response,
}: {
  readonly error?: { readonly code: string };
  readonly response: DataRequest;
}): string | undefined {
  if (error !== undefined) return error.code;
  return response.header.status?.code === "ERROR" ? "EXECUTOR_FAILED" : undefined;
}

export function codeOfError(error: unknown): string {
  return toJflowError(error).code;
}
