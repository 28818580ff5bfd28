import type { MetricFamily, MetricLabels, MetricSample } from "../../util/metrics/family.ts";
import { JINA_HELP } from "../../wire/jina/metric-help.ts";
import type { Histogram } from "../../util/metrics/histogram.ts";
import type { CallMetrics } from "./call-observer.ts";
import type { RequestMetrics } from "./request-metrics.ts";

/** Jina's name of the gateway process. */
export const GATEWAY_RUNTIME = "gateway/rep-0";
const RUNTIME: MetricLabels = { runtime_name: GATEWAY_RUNTIME };

/** A queue and the requests that wait in it. */
export interface QueueLength {
  readonly deployment: string;
  readonly shard: number;
  /** The replicas that the requests wait for: any of the shard, or its primary. */
  readonly handlers: string;
  readonly length: number;
}

/** The measurements of the gateway. */
export interface GatewayMeasures {
  readonly requests: RequestMetrics;
  readonly calls: readonly CallMetrics[];
  readonly queues: readonly QueueLength[];
}

/** Returns the metrics of the gateway: Jina's, where the meaning is the same, and jflow's own. */
export function gatewayFamilies(measures: GatewayMeasures): readonly MetricFamily[] {
  return [
    ...jinaFamilies(measures.requests),
    ...jinaCallFamilies(measures.calls),
    ...requestFamilies(measures.requests),
    ...callFamilies(measures),
  ];
}

/** https://github.com/jina-ai/jina/blob/v3.27.0/docs/concepts/flow/instrumentation.md */
function jinaFamilies(requests: RequestMetrics): readonly MetricFamily[] {
  const of = (value: number | Histogram): readonly MetricSample[] => [
    { labels: RUNTIME, value: typeof value === "number" ? value : value.read() },
  ];
  return [
    {
      name: "jina_receiving_request_seconds",
      help: JINA_HELP.jina_receiving_request_seconds,
      type: "histogram",
      samples: of(requests.successSeconds),
    },
    {
      name: "jina_number_of_pending_requests",
      help: "Requests that are not answered yet",
      type: "gauge",
      samples: of(requests.inFlight),
    },
    {
      name: "jina_successful_requests_total",
      help: JINA_HELP.jina_successful_requests_total,
      type: "counter",
      samples: of(requests.succeeded),
    },
    {
      name: "jina_failed_requests_total",
      help: JINA_HELP.jina_failed_requests_total,
      type: "counter",
      samples: of(requests.failed),
    },
    {
      name: "jina_received_request_bytes",
      help: JINA_HELP.jina_received_request_bytes,
      type: "histogram",
      samples: of(requests.receivedBytes),
    },
    {
      name: "jina_sent_response_bytes",
      help: JINA_HELP.jina_sent_response_bytes,
      type: "histogram",
      samples: of(requests.sentBytes),
    },
  ];
}

function jinaCallFamilies(calls: readonly CallMetrics[]): readonly MetricFamily[] {
  const of = (read: (call: CallMetrics) => Histogram): readonly MetricSample[] =>
    calls.map((call) => ({ labels: jinaLabelsOf(call), value: read(call).read() }));
  return [
    {
      name: "jina_sending_request_seconds",
      help: "Time from a request to a replica to its answer",
      type: "histogram",
      samples: of(({ seconds }) => seconds),
    },
    {
      name: "jina_sent_request_bytes",
      help: "Size of the requests to a replica",
      type: "histogram",
      samples: of(({ sentBytes }) => sentBytes),
    },
    {
      name: "jina_received_response_bytes",
      help: "Size of the answers of a replica",
      type: "histogram",
      samples: of(({ receivedBytes }) => receivedBytes),
    },
  ];
}

/** The address does not change when the replica restarts, unlike Jina's `host:port`. */
function jinaLabelsOf({ labels: { deployment = "", shard, replica } }: CallMetrics): MetricLabels {
  return { ...RUNTIME, deployment, address: `${deployment}/${shard}/${replica}` };
}

function requestFamilies({ endpoints, refused }: RequestMetrics): readonly MetricFamily[] {
  const all = [...endpoints].map(([endpoint, metrics]) => ({ labels: { endpoint }, metrics }));
  return [
    {
      name: "jflow_requests_total",
      help: "Answered requests by endpoint and code",
      type: "counter",
      samples: all.flatMap(({ labels, metrics }) =>
        [...metrics.codes].map(([code, value]) => ({ labels: { ...labels, code }, value })),
      ),
    },
    {
      name: "jflow_request_seconds",
      help: "Time from a request to its answer or failure",
      type: "histogram",
      samples: all.map(({ labels, metrics }) => ({ labels, value: metrics.seconds.read() })),
    },
    {
      name: "jflow_request_documents_total",
      help: "Documents in the requests",
      type: "counter",
      samples: all.map(({ labels, metrics }) => ({ labels, value: metrics.documents })),
    },
    {
      name: "jflow_requests_refused_total",
      help: "Requests that the gateway refused without work, by code",
      type: "counter",
      samples: [...refused].map(([code, value]) => ({ labels: { code }, value })),
    },
  ];
}

function callFamilies({ calls, queues }: GatewayMeasures): readonly MetricFamily[] {
  return [
    {
      name: "jflow_replica_calls_in_flight",
      help: "Calls of a replica that are not answered yet",
      type: "gauge",
      samples: calls.map(({ labels, inFlight }) => ({ labels, value: inFlight })),
    },
    {
      name: "jflow_replica_calls_failed_total",
      help: "Calls of a replica that failed: the replica did not answer, or its executor threw",
      type: "counter",
      samples: calls.map(({ labels, failures }) => ({ labels, value: failures })),
    },
    {
      name: "jflow_shard_queued_requests",
      help: "Requests that wait for a replica with room (max_in_flight)",
      type: "gauge",
      samples: queues.map(({ deployment, shard, handlers, length }) => ({
        labels: { deployment, shard: String(shard), handlers },
        value: length,
      })),
    },
  ];
}
