import type { Endpoints } from "../jina/messages.ts";
import type { ReplicationHandlers } from "../replication/replication-link.ts";
import type { WorkerReply, WorkerRequest } from "./messages.ts";

export interface WorkerCallContext {
  /** Aborted when the caller cancelled, is gone, or its time is over. */
  readonly signal: AbortSignal;
}

export interface ServeWorkerOptions {
  readonly host: string;
  /** 0 is a free one. */
  readonly port: number;
  readonly maxMessageBytes: number;
  /** Answers our gateway and stock ones alike. A rejection reaches the gateway with its code; nothing else is disturbed. */
  readonly handler: (request: WorkerRequest, context: WorkerCallContext) => Promise<WorkerReply>;
  /** Told to stock gateways that ask. */
  readonly endpoints: Endpoints;
  /** A stateful worker's: how it takes a primary's stream and hands out its snapshot. */
  readonly replication?: ReplicationHandlers;
}

export interface WorkerServer {
  readonly port: number;
  /** What the health service says; NOT_SERVING until the first call. */
  setServing(serving: boolean): void;
  /** Takes no new calls, lets those in flight end for up to `graceMs`, then ends them. */
  close(graceMs?: number): Promise<void>;
}

/** Rejects with `ALREADY_EXISTS`, naming host:port, where the port is taken. */
export declare function serveWorker(options: ServeWorkerOptions): Promise<WorkerServer>;
