import type { TopologyReplica } from "../../model/topology.ts";
import type { TrafficMeter } from "../topology/traffic/traffic-meter.ts";
import { TrafficMeters, type TrafficReport } from "../topology/traffic/traffic-meters.ts";
import { CallMetrics, CallObserver } from "./call-observer.ts";
import { codeOfError, type RequestFacts } from "./request-end.ts";
import { OK, RequestMetrics } from "./request-metrics.ts";

/** One request that the gateway has admitted. */
export interface ObservedRequest {
  /** Called once, when the answer is made. `code`: that of the error; absent for success. */
  end(facts: RequestFacts, code: string | undefined): void;
}

/**
 * Observes all requests to the gateway and all calls of replicas: the one source of `jflow ps`,
 * `/metrics` and traces.
 */
export class RequestObserver {
  readonly metrics = new RequestMetrics();
  readonly #traffic = new TrafficMeters();
  readonly #gateway: TrafficMeter;
  readonly #calls = new Map<string, CallMetrics>();

  /** `address`: the address of the gateway among the replicas of the flow. */
  constructor(address: string, processId: string) {
    this.#gateway = this.#traffic.of(address, processId);
  }

  begin(bytes: number): ObservedRequest {
    const startMs = performance.now();
    this.#gateway.begin();
    this.metrics.begin(bytes);
    return {
      end: ({ endpoint, documents }, code = OK) => {
        const nowMs = performance.now();
        this.#gateway.end(startMs, nowMs, code !== OK);
        this.metrics.end(endpoint, code, (nowMs - startMs) / 1_000, documents);
      },
    };
  }

  /** A request was refused before the gateway worked on it. */
  refuse(error: unknown): void {
    this.metrics.refuse(codeOfError(error));
  }

  /** An answer that is not an error has this many bytes on its way to the client. */
  noteSent(bytes: number): void {
    this.metrics.sentBytes.observe(bytes);
  }

  /** Returns the observer of the calls of a process of a replica. */
  callsOf({ address, processId }: Pick<TopologyReplica, "address" | "processId">): CallObserver {
    const metrics = this.#calls.get(address) ?? new CallMetrics(address);
    this.#calls.set(address, metrics);
    const meter = this.#traffic.of(address, processId);
    return new CallObserver(metrics, meter, () => this.#traffic.retire(processId));
  }

  get calls(): ReadonlyMap<string, CallMetrics> {
    return this.#calls;
  }

  reportTraffic(): TrafficReport {
    return this.#traffic.report(performance.now());
  }
}
