import { assertNever } from "../../util/unreachable.ts";
import type { Merge } from "../../model/topology.ts";
import { MATCH_MERGER } from "./match-merger.ts";
import { mergeDocuments } from "./merge-jina.ts";

/**
 * The rule that makes one answer of the answers of several shards, on bytes. `parameters` are the
 * deployment's own, as the client gave them.
 */
export interface Merger {
  /** Returns the parameters that the shards get instead. */
  before?(parameters: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  /** Merges the documents of the shards that answered, in shard order. */
  merge(
    lists: readonly (readonly Uint8Array[])[],
    parameters: Readonly<Record<string, unknown>>,
  ): readonly Uint8Array[];
}

const MERGE_BY_ID: Merger = { merge: (lists) => mergeDocuments(lists) };
const CONCATENATE: Merger = { merge: (lists) => lists.flat() };

/**
 * Returns the gateway's part of a merge. With a user's `uses_after` executor it serves the
 * endpoints that the executor does not bind.
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
