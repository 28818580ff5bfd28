import { JflowError } from "../../util/errors.ts";
import type { TopologyReplica } from "../../model/topology.ts";
import { WorkerConnection } from "../../wire/exchange/worker-connection.ts";
import type { WorkerReply, WorkerRequest } from "../../wire/exchange/messages.ts";
import { JinaPeer, type JinaCallOptions } from "../../wire/jina/client/jina-peer.ts";
import { wasNeverSent } from "../../wire/status.ts";
import { markConnectionLoss } from "../../wire/connection-loss.ts";

/** One document for a method that gives many. */
export interface StreamRequest {
  readonly endpoint: string;
  /** A `SingleDocumentRequestProto`. */
  readonly request: Uint8Array;
  /** For all of the answer. */
  readonly timeoutMs?: number;
}

/** The way to one replica, whatever it speaks. */
export interface ReplicaHop {
  /**
   * Rejects with the replica's own error, `UNAVAILABLE` where it is gone, `DEADLINE_EXCEEDED`,
   * `CANCELLED`.
   */
  call(request: WorkerRequest, signal: AbortSignal): Promise<WorkerReply>;
  /**
   * A `SingleDocumentRequestProto` to a method that gives many; rejects as `call` does. Absent: the
   * replica streams nothing.
   */
  stream?(request: StreamRequest, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Called each time a connection is lost. */
  onLost(listener: () => void): void;
  close(): void;
}

/** Opens the hop of a replica: ours by the batched stream, a stock Jina executor by unary calls. */
export function openReplicaHop(replica: TopologyReplica, maxMessageBytes: number): ReplicaHop {
  return replica.wire === "jflow"
    ? new WorkerConnection(replica.target, { maxMessageBytes })
    : openJinaHop(replica, maxMessageBytes);
}

/**
 * Unary, since `endpoint` must travel as metadata: the head of a sharded deployment chooses its
 * polling by it.
 */
function openJinaHop(replica: TopologyReplica, maxMessageBytes: number): ReplicaHop {
  const peer = new JinaPeer(replica.target, {
    maxMessageBytes,
    ...(replica.tls === undefined ? {} : { tls: replica.tls }),
    ...(replica.metadata === undefined ? {} : { metadata: replica.metadata }),
  });
  const lost: (() => void)[] = [];
  const noteLoss = (error: unknown): never => {
    if (!(error instanceof JflowError) || error.code !== "UNAVAILABLE") throw error;
    markConnectionLoss(error, wasNeverSent(error) ? "never" : "maybe");
    lost.forEach((tell) => tell());
    throw error;
  };
  return {
    async call(request, signal) {
      const options = optionsOf(request, signal);
      const [first] = request.requests;
      const isSingle = first !== undefined && request.requests.length === 1;
      const reply = isSingle
        ? peer.processSingleData(first, options)
        : peer.processData(request.requests, options);
      const { response, isError } = await reply.catch(noteLoss);
      return { response, isError };
    },
    async *stream(asked, signal) {
      try {
        yield* peer.streamDoc(asked.request, optionsOf(asked, signal));
      } catch (error) {
        noteLoss(error);
      }
    },
    onLost: (listener) => void lost.push(listener),
    close: () => peer.close(),
  };
}

function optionsOf(
  { endpoint, timeoutMs }: Pick<WorkerRequest, "endpoint" | "timeoutMs">,
  signal: AbortSignal,
): JinaCallOptions {
  return {
    signal,
    metadata: endpoint === "" ? {} : { endpoint },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}
