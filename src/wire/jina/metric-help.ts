/**
 * The help of the metrics of Jina that both the gateway and the workers have:
 * https://github.com/jina-ai/jina/blob/v3.27.0/docs/concepts/flow/instrumentation.md
 */
export const JINA_HELP = {
  jina_receiving_request_seconds: "Time from a request to its answer, of requests that succeeded",
  jina_successful_requests_total: "Requests that succeeded",
  jina_failed_requests_total: "Requests that failed",
  jina_received_request_bytes: "Size of the requests that were received",
  jina_sent_response_bytes: "Size of the answers that were sent",
} as const;
