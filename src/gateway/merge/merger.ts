import { assertNever } from "../../util/unreachable.ts";
import type { Merge } from "../../model/topology.ts";
import { MATCH_MERGER } from "./match-merger.ts";
import { mergeDocuments } from "./merge-jina.ts";

/**
 * How the answers of several shards become one. All on bytes; `parameters` are the deployment's
 * own, as the client gave them.
 */
export interface Merger {
  /** What the shards are asked instead. */
  before?(parameters: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  /** One list of documents from those of the shards that answered, in shard order. */
  merge(
    lists: readonly (readonly Uint8Array[])[],
    parameters: Readonly<Record<string, unknown>>,
  ): readonly Uint8Array[];
}

const MERGE_BY_ID: Merger = { merge: (lists) => mergeDocuments(lists) };
const CONCATENATE: Merger = { merge: (lists) => lists.flat() };

/**
 * The gateway's own part of a merge. With a user's `uses_after` executor it serves the endpoints
 * that the executor does not bind.
 */
export function makeMerger(merge: Merge): Merger {
  switch (merge.kind) {
    case "jina":
    case "executor":
      return MERGE_BY_ID;
    case "concat":
      return CONCATENATE;
    case "builtin":
      return MATCH_MERGER;
    default:
      return assertNever(merge);
  }
}
