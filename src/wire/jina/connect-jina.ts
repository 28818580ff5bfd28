import type { Endpoints, PeerVersions, RequestStatus } from "./messages.ts";

export interface JinaPeerOptions {
  readonly tls?: boolean;
  /** PEM file of the authority to trust, instead of the system's. */
  readonly caFile?: string;
  /** Sent with every call. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly maxMessageBytes?: number;
}

export interface JinaCallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Laid over the peer's. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A unary answer. `isError`: the executor threw (trailing `is-error`); the error is in the response's header. */
export interface JinaReply {
  readonly response: Uint8Array;
  readonly isError: boolean;
  readonly trailers: Readonly<Record<string, string>>;
}

/**
 * A client of any Jina peer: gateway, executor, ours or stock. Connects when first used, and at once anew after a failure.
 * Every method rejects with a `JflowError` that names the peer: `UNAVAILABLE` where nobody answers, `DEADLINE_EXCEEDED`, `CANCELLED`, ...
 */
export interface JinaPeer {
  /** `host:port`. */
  readonly target: string;
  /** Over the one long-lived `/jina.JinaRPC/Call` stream, correlated by `header.request_id`, which must be unique among those in flight. */
  call(request: Uint8Array, options?: JinaCallOptions): Promise<Uint8Array>;
  processSingleData(request: Uint8Array, options?: JinaCallOptions): Promise<JinaReply>;
  processData(requests: readonly Uint8Array[], options?: JinaCallOptions): Promise<JinaReply>;
  endpointDiscovery(options?: JinaCallOptions): Promise<Endpoints>;
  status(options?: JinaCallOptions): Promise<PeerVersions>;
  dryRun(options?: JinaCallOptions): Promise<RequestStatus>;
  /** The standard health service, for the whole server. */
  isServing(options?: JinaCallOptions): Promise<boolean>;
  /** Calls in flight end with `CANCELLED`. */
  close(): void;
}

export declare function connectJina(target: string, options?: JinaPeerOptions): JinaPeer;
