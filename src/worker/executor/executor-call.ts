import { Document, type DocumentArray } from "../../document/document.ts";
import type { TraceContext } from "../../util/tracing/trace-context.ts";
import { JflowError } from "../../util/errors.ts";
import type { WorkerRequest } from "../../wire/exchange/messages.ts";
import { DataRequest } from "../../wire/jina/messages/data-request.ts";

/** The parameter that carries the plain objects of executors, as in Jina. */
export const RESULTS_PARAMETER = "__results__";

/** A call of an executor, with documents that are not decoded yet. */
export interface ExecutorCall {
  readonly endpoint: string;
  /** At least one request. The answer gets the header of the first one. */
  readonly requests: readonly [DataRequest, ...DataRequest[]];
  /** The deployment that each request came from, if there are several. */
  readonly deployments: readonly string[];
  /** The trace that the call belongs to. */
  readonly trace?: TraceContext;
  /** The staged backup that replaces the state. Set for a restore only. */
  readonly restored?: string;
}

/** The documents of a call, as a method receives them. */
export interface CallDocuments {
  /** The documents of all requests, one request after another. A method may change the array. */
  readonly docs: DocumentArray;
  readonly docsMatrix?: readonly DocumentArray[];
  readonly docsMap?: ReadonlyMap<string, DocumentArray>;
}

/** Throws `INVALID_ARGUMENT` if a request is malformed or the call has no request. */
export function readCall(request: WorkerRequest & { readonly restored?: string }): ExecutorCall {
  const [first, ...others] = request.requests.map((bytes) => DataRequest.read(bytes).check());
  if (first === undefined) throw new JflowError("INVALID_ARGUMENT", "the call contains no request");
  return {
    endpoint: request.endpoint,
    requests: [first, ...others],
    deployments: request.deployments ?? [],
    ...(request.trace === undefined ? {} : { trace: request.trace }),
    ...(request.restored === undefined ? {} : { restored: request.restored }),
  };
}

/** Throws `INVALID_ARGUMENT` if a document is malformed. */
export function decodeDocuments(call: ExecutorCall): CallDocuments {
  const docsMatrix = call.requests.map((request) =>
    request.documents.map((bytes) => Document.decode(bytes)),
  );
  const docs = docsMatrix.flat();
  if (call.requests.length === 1) return { docs };
  const docsMap = new Map<string, DocumentArray>();
  for (const [index, array] of docsMatrix.entries()) {
    const name = call.deployments[index] ?? String(index);
    docsMap.set(name, [...(docsMap.get(name) ?? []), ...array]);
  }
  return { docs, docsMatrix, docsMap };
}

/** Returns the parameters of the first request, with the `__results__` of all requests merged. */
export function mergeParameters(
  requests: ExecutorCall["requests"],
): Readonly<Record<string, unknown>> {
  const [first, ...others] = requests;
  if (others.length === 0) return first.parameters;
  const results: Record<string, unknown> = {};
  for (const request of requests) {
    const given = request.parameters[RESULTS_PARAMETER];
    if (typeof given === "object" && given !== null) Object.assign(results, given);
  }
  return Object.keys(results).length === 0
    ? first.parameters
    : { ...first.parameters, [RESULTS_PARAMETER]: results };
}
