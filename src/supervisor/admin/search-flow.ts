import { Document } from "../../document/document.ts";
import type { PageMatch, PageSearch } from "../../model/control/page.ts";
import { JinaPeer } from "../../wire/jina/client/jina-peer.ts";
import { DataRequest, makeRequestId } from "../../wire/jina/messages/data-request.ts";
import { fromRequestStatus } from "../../wire/jina/messages/request-status.ts";

const TIMEOUT_MS = 30_000;
/** The page shows the beginning of a text. */
const MAX_TEXT_LENGTH = 200;
const QUERY_ID = "jflow-page-query";

/**
 * Asks the gateway for the documents that fit a text: the matches of the answer, or the documents
 * themselves if the executor returns what it found in place of the query. Rejects with the error of
 * the request.
 */
export async function searchFlow(
  gateway: string,
  { endpoint, text, limit }: PageSearch,
): Promise<readonly PageMatch[]> {
  const peer = new JinaPeer(gateway.replace(/^grpc:\/\//, ""));
  try {
    const request = DataRequest.make({
      header: { requestId: makeRequestId(), execEndpoint: endpoint, targetExecutor: "" },
      parameters: { limit },
      documents: [new Document({ id: QUERY_ID, text }).encode()],
    });
    const answer = DataRequest.read(await peer.call(request.toBytes(), { timeoutMs: TIMEOUT_MS }));
    const error = fromRequestStatus(answer.header.status);
    if (error) throw error;
    return listMatches(answer.documents.map((bytes) => Document.decode(bytes))).slice(0, limit);
  } finally {
    peer.close();
  }
}

function listMatches(documents: readonly Document[]): readonly PageMatch[] {
  const matches = documents.flatMap((document) => document.matches);
  const found = matches.length > 0 ? matches : documents.filter(({ id }) => id !== QUERY_ID);
  return found.map(({ id, text, scores }) => ({
    id,
    text: text.slice(0, MAX_TEXT_LENGTH),
    score: Object.values(scores)[0]?.value ?? null,
  }));
}
