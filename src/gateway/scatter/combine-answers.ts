import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import type { MergeRequest, Merger } from "../merge/merger.ts";
import { orderAnswers, type Slice } from "../routing/shard-route.ts";
import { mergeResults, readResults } from "../merge/results.ts";

/**
 * Makes one answer of several. `documents` merges the documents, and the `__results__` are united.
 * All other fields come from the first answer.
 */
function combine(
  responses: readonly DataRequest[],
  documents: (lists: readonly (readonly Uint8Array[])[]) => readonly Uint8Array[],
): DataRequest {
  const first = responses[0]!;
  const isOpaque = responses.some((response) => response.contentKind === "docs_bytes");
  const lists = isOpaque ? [] : responses.map((response) => response.documents);
  const results = mergeResults(responses.map((response) => readResults(response.parameters)));
  return first.with({
    ...(lists.some((list) => list.length > 0) ? { documents: documents(lists) } : {}),
    ...(Object.keys(results).length > 0 ? { parameters: { __results__: results } } : {}),
  });
}

/** Merges the answers of shards (or branches) that got the same request, in shard order. */
export function mergeAnswers(
  responses: readonly DataRequest[],
  merger: Merger,
  request: MergeRequest,
): DataRequest {
  return combine(responses, (lists) => merger.merge(lists, request));
}

/** Joins the answers to a request that was sliced; `responses[i]` belongs to `slices[i]`. */
export function joinSlices(
  responses: readonly DataRequest[],
  slices: readonly Slice[],
): DataRequest {
  return responses.length === 1
    ? responses[0]!
    : combine(responses, (lists) => orderAnswers(slices, lists));
}
