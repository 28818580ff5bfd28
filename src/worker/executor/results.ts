import { toOneFormat, toFormat } from "../../document/translation/to-format.ts";
import type { Document } from "../../document/document.ts";
import { JflowError } from "../../util/errors.ts";
import type { DataRequestChanges } from "../../wire/jina/messages/data-request.ts";
import { documentFormat } from "../../document/scan/document-values.ts";
import { toRequestStatus } from "../../wire/jina/messages/request-status.ts";
import {
  mergeParameters,
  RESULTS_PARAMETER,
  type CallDocuments,
  type ExecutorCall,
} from "./executor-call.ts";

/**
 * The result of a method: documents that replace those of the request, a plain object, or nothing
 * (the documents were changed in place).
 */
export type MethodResult =
  | { readonly kind: "documents"; readonly documents: readonly Document[] }
  | { readonly kind: "object"; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: "nothing" };

/**
 * Classifies the return value of a method. Throws `INVALID_ARGUMENT`, with the name of the method
 * and the type, for any other value.
 */
export function interpretResult(returned: unknown, method: string): MethodResult {
  if (returned === undefined || returned === null) return { kind: "nothing" };
  if (Array.isArray(returned)) {
    const items: readonly unknown[] = returned;
    const wrong = items.findIndex((item) => !isDocument(item));
    if (wrong >= 0)
      throw wrongType(method, `an array whose element ${wrong} is ${describe(items[wrong])}`);
    return { kind: "documents", documents: items.filter((item) => isDocument(item)) };
  }
  if (isPlainObject(returned)) return { kind: "object", value: returned };
  throw wrongType(method, describe(returned));
}

/**
 * Builds the answer to a call whose method returned. `place` is the key of its object in
 * `__results__`.
 */
export function buildAnswer(
  call: ExecutorCall,
  given: CallDocuments,
  result: MethodResult,
  place: string,
): Uint8Array {
  const [first, ...others] = call.requests;
  const documents = result.kind === "documents" ? result.documents : given.docs;
  const encoded = encodeAlike(documents, call);
  const isUntouched = others.length === 0 && isSame(encoded, first.documents);
  const merged = mergeParameters(call.requests);
  const changes: DataRequestChanges = {
    ...(isUntouched ? {} : { documents: encoded }),
    ...(result.kind === "object"
      ? { parameters: addResult(merged, place, result.value) }
      : merged === first.parameters
        ? {}
        : { parameters: merged }),
  };
  return first.with(changes).toBytes();
}

/**
 * Encodes the documents in the format of the request's documents. A request without documents gets
 * one format, although an index may hold both.
 */
function encodeAlike(documents: readonly Document[], call: ExecutorCall): readonly Uint8Array[] {
  const sample = call.requests.flatMap((request) => request.documents.slice(0, 1))[0];
  const encoded = documents.map((document) => document.encode());
  if (sample === undefined) return toOneFormat(encoded);
  const format = documentFormat(sample);
  return encoded.map((bytes) => toFormat(bytes, format));
}

/**
 * Builds the answer to a call without a bound method: the request itself, or the documents of all
 * requests one after another.
 */
export function passThrough(call: ExecutorCall): Uint8Array {
  const [first, ...others] = call.requests;
  if (others.length === 0) return first.toBytes();
  return first
    .with({
      parameters: mergeParameters(call.requests),
      documents: call.requests.flatMap((request) => [...request.documents]),
    })
    .toBytes();
}

/**
 * Builds the answer to a call that ran before: its own documents, and the object that the earlier
 * call returned, if it is known.
 */
export function repeatAnswer(
  call: ExecutorCall,
  place: string,
  result: Readonly<Record<string, unknown>> | undefined,
): Uint8Array {
  if (result === undefined) return passThrough(call);
  const parameters = addResult(mergeParameters(call.requests), place, result);
  const documents = call.requests.flatMap((request) => [...request.documents]);
  return call.requests[0].with({ parameters, documents }).toBytes();
}

/**
 * Builds the answer to a failed call: the unchanged first request, with the error as its status.
 */
export function buildErrorAnswer(call: ExecutorCall, error: unknown): Uint8Array {
  const [first] = call.requests;
  return first.with({ header: { ...first.header, status: toRequestStatus(error) } }).toBytes();
}

/**
 * Returns the name of a replica in Jina, the key of its object in `__results__`: `indexer/rep-0`,
 * or `indexer/shard-1/rep-0` if the deployment has shards.
 */
export function formatJinaPlace(place: {
  readonly deployment: string;
  readonly shard: number;
  readonly shards: number;
  readonly replica: number;
}): string {
  const shard = place.shards > 1 ? `/shard-${place.shard}` : "";
  return `${place.deployment}${shard}/rep-${place.replica}`;
}

function addResult(
  parameters: Readonly<Record<string, unknown>>,
  place: string,
  value: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const before = parameters[RESULTS_PARAMETER];
  return {
    ...parameters,
    [RESULTS_PARAMETER]: { ...(isPlainObject(before) ? before : {}), [place]: value },
  };
}

/** Untouched documents encode to exactly the bytes that they were decoded from. */
function isSame(left: readonly Uint8Array[], right: readonly Uint8Array[]): boolean {
  return left.length === right.length && left.every((bytes, index) => bytes === right[index]);
}

function isDocument(value: unknown): value is Document {
  return (
    typeof value === "object" &&
    value !== null &&
    "encode" in value &&
    typeof value.encode === "function"
  );
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return `a ${typeof value}`;
  return Array.isArray(value) ? "an array" : `a ${value.constructor.name}`;
}

function wrongType(method: string, what: string): JflowError {
  return new JflowError(
    "INVALID_ARGUMENT",
    `${method} returned ${what}: a method returns documents, a plain object or nothing`,
  );
}
