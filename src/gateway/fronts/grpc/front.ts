import { DataRequest } from "../../../wire/jina/messages/data-request.ts";
import { DocumentRequest } from "../../../wire/jina/messages/document-request.ts";
import type { CallContext } from "../../../wire/call-context.ts";
import type { JinaHandler } from "../../../wire/jina/server/jina-server.ts";
import type { FlowService } from "../../handler/flow-service.ts";

/**
 * The gRPC front: Jina's services over the flow. `idempotency-key` is metadata of the call; shards
 * are counted in the trailing metadata as Jina's head does.
 */
export function makeGrpcHandler(flow: FlowService): JinaHandler {
  return {
    async call(request, context) {
      const { signal, deadlineMs } = context;
      const { response, shards } = await flow.handle(DataRequest.read(request), {
        signal,
        deadlineMs,
        idempotencyKey: readIdempotencyKey(context),
      });
      if (shards) {
        context.setTrailer("total_shards", String(shards.total));
        context.setTrailer("failed_shards", String(shards.failed));
      }
      return response.toBytes();
    },
    async *streamDoc(request, { signal, deadlineMs }) {
      const answers = flow.streamDocument(DocumentRequest.read(request), { signal, deadlineMs });
      for await (const answer of answers) yield answer.toBytes();
    },
    dryRun: () => Promise.resolve(flow.dryRun()),
  };
}

/**
 * One key names one request; a stream has one set of metadata, so there the request's position is
 * part of it.
 */
function readIdempotencyKey({ metadata, position }: CallContext): string | undefined {
  const key = metadata["idempotency-key"];
  return key === undefined || position === undefined ? key : `${key}/${position}`;
}
