import type { TraceContext } from "../../util/tracing/trace-context.ts";
import type { SpanAttributes } from "./tracer.ts";

/**
 * Names of spans, as Jina has them:
 * https://github.com/jina-ai/jina/blob/v3.27.0/docs/concepts/flow/instrumentation.md
 */

/** A request of a stream of a client. */
export const STREAM_SPAN = "/jina.JinaRPC/Call";

/** A request of one message, and a call of an executor. */
export const CALL_SPAN = "/jina.JinaSingleDataRequestRPC/process_single_data";

/** A document for which the executor returns many. */
export const DOCUMENT_SPAN = "/jina.JinaSingleDocumentRequestRPC/stream_doc";

/** The attributes that the conventions of OpenTelemetry ask for at a call. */
export const CALL_ATTRIBUTES: SpanAttributes = {
  "rpc.system": "grpc",
  "rpc.service": "jina.JinaSingleDataRequestRPC",
  "rpc.method": "process_single_data",
};

/** A trace that is not exported. It stands for the trace of every request that has none. */
export const UNTRACED: TraceContext = {
  traceparent: "00-00000000000000000000000000000001-0000000000000001-00",
};
