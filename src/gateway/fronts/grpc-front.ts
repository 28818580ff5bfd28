import type { JinaHandler } from "../../wire/jina/serve-jina.ts";
import type { FlowFront } from "./flow-front.ts";

/** The gRPC front: Jina's services over the flow. `idempotency-key` is metadata of the call; shards are counted in the trailing metadata as Jina's head does. */
export function makeGrpcHandler(flow: FlowFront): JinaHandler {
  return {
    async call(request, context) {
      const { signal, deadlineMs, metadata } = context;
      const { response, shards } = await flow.handle(request, {
        signal,
        deadlineMs,
        idempotencyKey: metadata["idempotency-key"],
      });
      if (shards) {
        context.setTrailer("total_shards", String(shards.total));
        context.setTrailer("failed_shards", String(shards.failed));
      }
      return response;
    },
    dryRun: () => Promise.resolve(flow.dryRun()),
  };
}
