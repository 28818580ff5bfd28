import type { EndpointSchema } from "../../document/v2/endpoint-schema.ts";
import { toSchema } from "../../document/translation/to-schema.ts";
import { toFormat } from "../../document/translation/to-format.ts";
import { JflowError, toJflowError } from "../../util/errors.ts";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import { documentFormat, readDocumentId } from "../../document/scan/document-values.ts";

/** Returns whether the documents of a request are docarray v1. */
function isV1({ contentKind, documents: [first] }: DataRequest): boolean {
  return contentKind === "docs" && first !== undefined && documentFormat(first) === "v1";
}

/**
 * Returns the request with its docarray v1 documents translated to the docarray v2 classes of the
 * flow's executors; the same request if no translation is needed. Throws `INVALID_ARGUMENT`, with
 * the document and the field in the message, if a field does not fit the schema of the executors.
 */
export function adoptFormat(request: DataRequest, schema: EndpointSchema | undefined): DataRequest {
  if (schema === undefined || !isV1(request)) return request;
  const documents = request.documents.map((bytes) => adoptDocument(bytes, schema));
  return request.with({ documents });
}

/**
 * Returns a client's document in the docarray v2 class that its executor reads. A docarray v2
 * document is returned unchanged. Throws as `adoptFormat` does.
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

/** Returns the answer to an adopted request with docarray v1 documents, which its client reads. */
export function restoreFormat(response: DataRequest): DataRequest {
  if (response.contentKind !== "docs") return response;
  return response.with({ documents: response.documents.map((bytes) => toFormat(bytes, "v1")) });
}
