import { JflowError } from "../../util/errors.ts";
import type { TopologyReplica } from "../../model/topology.ts";
import type { WorkerReply, WorkerRequest } from "../../wire/exchange/messages.ts";
import { DataRequest } from "../../wire/jina/messages/data-request.ts";
import type { ReplicaHop, StreamRequest } from "./replica-connection.ts";
import type { TrafficMeter } from "./traffic-meter.ts";

/**
 * For how long a replica whose connection was lost is left out. The supervisor says within
 * milliseconds that a process died; this covers the time until then.
 */
const LOST_MS = 250;

/** One call of a replica. */
export interface ReplicaRequest extends Omit<WorkerRequest, "requests"> {
  /** One, or several at a join without reduce and in `uses_after`. */
  readonly requests: readonly DataRequest[];
}

/** The answer of a replica. */
export interface ReplicaReply extends Omit<WorkerReply, "response"> {
  readonly response: DataRequest;
}

/** A replica and the open way to it: one process for its whole life, whatever its role becomes. */
export class LiveReplica {
  readonly processId: string;
  readonly address: string;
  readonly meter: TrafficMeter;
  readonly #hop: ReplicaHop;
  #lostAtMs = Number.NEGATIVE_INFINITY;
  #inFlight = 0;
  #isRetired = false;

  constructor(replica: TopologyReplica, hop: ReplicaHop, meter: TrafficMeter) {
    this.processId = replica.processId;
    this.address = replica.address;
    this.meter = meter;
    this.#hop = hop;
    hop.onLost(() => (this.#lostAtMs = performance.now()));
  }

  get isLost(): boolean {
    return performance.now() - this.#lostAtMs < LOST_MS;
  }

  /** Writes each request, if it was not written yet, and reads the answer's outermost level. */
  async call(request: ReplicaRequest, signal: AbortSignal): Promise<ReplicaReply> {
    const end = this.#begin();
    try {
      const requests = request.requests.map((each) => each.toBytes());
      const reply = await this.#hop.call({ ...request, requests }, signal);
      return { ...reply, response: DataRequest.read(reply.response).check() };
    } finally {
      end();
    }
  }

  /**
   * Counts as one call, from its start to its end. Rejects with `UNIMPLEMENTED` where the executor
   * is one of ours.
   */
  async *stream(request: StreamRequest, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    if (!this.#hop.stream) {
      throw new JflowError(
        "UNIMPLEMENTED",
        `${this.address} cannot stream: only executors in Python do`,
      );
    }
    const end = this.#begin();
    try {
      yield* this.#hop.stream(request, signal);
    } finally {
      end();
    }
  }

  #begin(): () => void {
    const startMs = performance.now();
    this.#inFlight += 1;
    this.meter.begin();
    return () => {
      this.#inFlight -= 1;
      this.meter.end(startMs, performance.now());
      if (this.#isRetired && this.#inFlight === 0) this.#hop.close();
    };
  }

  /**
   * Closes the way once the calls on it have ended: a replica that drains answers them, one that
   * died loses them.
   */
  retire(): void {
    this.#isRetired = true;
    if (this.#inFlight === 0) this.#hop.close();
  }

  close(): void {
    this.#hop.close();
  }
}
