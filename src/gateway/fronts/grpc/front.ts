import type { CallContext } from "../../../wire/call-context.ts";
import { METADATA } from "../../../wire/jina/jina-methods.ts";
import { DataRequest } from "../../../wire/jina/messages/data-request.ts";
import { DocumentRequest } from "../../../wire/jina/messages/document-request.ts";
import { CALL_SPAN, DOCUMENT_SPAN, STREAM_SPAN } from "../../../wire/tracing/span-names.ts";
import type { RequestStatus } from "../../../wire/jina/messages/header.ts";
import type { JinaHandler } from "../../../wire/jina/server/jina-server.ts";
import { readIdempotencyKey } from "../idempotency-key.ts";
import type { FlowService } from "../../handler/flow-service.ts";

/**
 * Answers gRPC clients by Jina's services. `idempotency-key` is metadata of the call; trailing
 * metadata counts the shards as Jina's head does.
 */
export class GrpcFront implements JinaHandler {
  readonly #flow: FlowService;

  constructor(flow: FlowService) {
    this.#flow = flow;
  }

  async call(request: Uint8Array, context: CallContext): Promise<Uint8Array> {
    const answer = await this.#flow.handle(DataRequest.read(request), {
      signal: context.signal,
      deadlineMs: context.deadlineMs,
      idempotencyKey: keyOf(context),
      trace: {
        name: context.position === undefined ? CALL_SPAN : STREAM_SPAN,
        headers: context.metadata,
      },
    });
    const { response, shards } = answer;
    if (shards) {
      context.setTrailer("total_shards", String(shards.total));
      context.setTrailer("failed_shards", String(shards.failed));
    }
    const bytes = response.toBytes();
    this.#flow.noteSent(answer, bytes.length);
    return bytes;
  }

  async *streamDoc(request: Uint8Array, context: CallContext): AsyncGenerator<Uint8Array> {
    const { signal, deadlineMs, metadata: headers } = context;
    const call = { signal, deadlineMs, trace: { name: DOCUMENT_SPAN, headers } };
    const answers = this.#flow.streamDocument(DocumentRequest.read(request), call);
    for await (const answer of answers) yield answer.toBytes();
  }

  /** If the metadata contains an endpoint, an executor must bind that endpoint. */
  async dryRun({ metadata }: CallContext): Promise<RequestStatus> {
    const endpoint = metadata[METADATA.endpoint];
    if (endpoint === undefined) return this.#flow.dryRun();
    return this.#flow.dryRun({
      endpoint,
      targetExecutor: metadata[METADATA.target] ?? "",
      acceptsTypos: metadata[METADATA.acceptTypos] === "true",
    });
  }
}

/**
 * A key identifies one request. All requests of a stream share the metadata, so the position of the
 * request becomes part of the key.
 */
function keyOf({ metadata, position }: CallContext): string | undefined {
  const given = metadata["idempotency-key"];
  const key = given === undefined ? undefined : readIdempotencyKey([given]);
  return key === undefined || position === undefined ? key : `${key}/${position}`;
}
