import { createHash, randomUUID } from "node:crypto";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import { readDocumentId, withDocumentId } from "../../document/scan/document-values.ts";

/**
 * Returns the request with an id in each document. With an idempotency key, the ids are derived
 * from the key, so a retry goes to the same shards. Returns the same request if every document has
 * an id.
 */
export function addDocumentIds(
  request: DataRequest,
  idempotencyKey: string | undefined,
): DataRequest {
  if (request.contentKind !== "docs") return request;
  const { documents } = request;
  if (documents.every((document) => readDocumentId(document) !== "")) return request;
  return request.with({
    documents: documents.map((document, position) =>
      readDocumentId(document) === ""
        ? withDocumentId(document, makeDocumentId(idempotencyKey, position))
        : document,
    ),
  });
}

function makeDocumentId(idempotencyKey: string | undefined, position: number): string {
  if (idempotencyKey === undefined) return randomUUID().replaceAll("-", "");
  return createHash("sha256").update(`${idempotencyKey}\n${position}`).digest("hex").slice(0, 32);
}
