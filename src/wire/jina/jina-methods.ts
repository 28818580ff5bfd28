import type { MethodDefinition } from "@grpc/grpc-js";
import { defineMethod, type MethodKind } from "../grpc.ts";

const jina = (path: string, kind: MethodKind): MethodDefinition<Uint8Array, Uint8Array> =>
  defineMethod(`/jina.${path}`, kind);

/** Jina's methods (`protos/jina.proto`). */
export const JINA = {
  call: jina("JinaRPC/Call", "bidi"),
  processSingleData: jina("JinaSingleDataRequestRPC/process_single_data", "unary"),
  processData: jina("JinaDataRequestRPC/process_data", "unary"),
  streamDoc: jina("JinaSingleDocumentRequestRPC/stream_doc", "server-stream"),
  endpointDiscovery: jina("JinaDiscoverEndpointsRPC/endpoint_discovery", "unary"),
  dryRun: jina("JinaGatewayDryRunRPC/dry_run", "unary"),
  status: jina("JinaInfoRPC/_status", "unary"),
} as const;

export type JinaMethod = keyof typeof JINA;

/** Returns the names of the services of these methods, as reflection lists them. */
export function serviceNames(methods: readonly JinaMethod[]): readonly string[] {
  return methods.map((method) => JINA[method].path.split("/")[1]!);
}

/**
 * The metadata keys of Jina's calls
 * (https://github.com/jina-ai/jina/blob/v3.27.0/jina/serve/stream/__init__.py).
 */
export const METADATA = {
  /** `exec_endpoint`, from a gateway to an executor. */
  endpoint: "endpoint",
  resultsInOrder: "__results_in_order__",
  prefetch: "__prefetch__",
  /**
   * With `endpoint` on a dry run: whether the executors that match this pattern bind the endpoint.
   */
  target: "target-executor",
  /**
   * `true` with `endpoint` on a dry run: a `/default` method also binds an endpoint that looks like
   * a typo.
   */
  acceptTypos: "accept-typos",
  /** Trailing metadata: the executor threw. */
  isError: "is-error",
} as const;
