import type { MethodDefinition } from "@grpc/grpc-js";
import { defineMethod, type MethodForm } from "../grpc.ts";

const jina = (path: string, form: MethodForm): MethodDefinition<Uint8Array, Uint8Array> =>
  defineMethod(`/jina.${path}`, form);

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

/** Names of the services some methods belong to: what reflection lists. */
export function serviceNames(methods: readonly JinaMethod[]): readonly string[] {
  return methods.map((method) => JINA[method].path.split("/")[1]!);
}

/** Request metadata of Jina. */
export const METADATA = {
  /** exec_endpoint, from a gateway to an executor. */
  endpoint: "endpoint",
  resultsInOrder: "__results_in_order__",
  prefetch: "__prefetch__",
  /** Trailing: the executor threw. */
  isError: "is-error",
} as const;
