import type { EndpointSchema } from "../document/docarray-v2/endpoint-schema.ts";
import { toSchema } from "../document/docarray-v2/to-schema.ts";
import { toVersion } from "../document/docarray-v2/to-version.ts";
import { JflowError, toJflowError } from "../util/errors.ts";
import {
  rewriteDataRequest,
  viewDataRequest,
  type DataRequest,
} from "../wire/jina/data-request.ts";
import { documentVersion, readDocumentId } from "../wire/jina/document-scan.ts";

/** Whether its documents are of docarray 1. */
function isVersionOne({ documentsForm, documents }: DataRequest): boolean {
  return (
    documentsForm === "docs" && documents[0] !== undefined && documentVersion(documents[0]) === 1
  );
}

/**
 * A client's request as the flow's executors read its documents: those of docarray 1, sent to
 * executors of docarray 2, in the form of these. Undefined where they are right as they are. Throws
 * `INVALID_ARGUMENT` naming the document's field that cannot be what the executors say.
 */
export function adoptForm(
  request: DataRequest,
  schema: EndpointSchema | undefined,
): DataRequest | undefined {
  if (schema === undefined || !isVersionOne(request)) return undefined;
  const documents = request.documents.map((bytes) => adoptDocument(bytes, schema));
  return viewDataRequest(rewriteDataRequest(request, { documents }));
}

/**
 * A document of a client in the form that its executor reads; one of docarray 2 stays as it is.
 * Throws as `adoptForm`.
 */
export function adoptDocument(bytes: Uint8Array, { input }: EndpointSchema): Uint8Array {
  try {
    return toSchema(bytes, input);
  } catch (cause) {
    const { code, message } = toJflowError(cause);
    throw new JflowError(code, `document ${JSON.stringify(readDocumentId(bytes))}: ${message}`, {
      cause,
    });
  }
}

/** The answer to such a request, as its client reads it. */
export function restoreForm(response: Uint8Array): Uint8Array {
  const answer = viewDataRequest(response);
  if (answer.documentsForm !== "docs") return response;
  return rewriteDataRequest(answer, {
    documents: answer.documents.map((bytes) => toVersion(bytes, 1)),
  });
}
