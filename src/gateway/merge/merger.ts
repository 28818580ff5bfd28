import { assertNever } from "../../util/unreachable.ts";
import type { Merge } from "../../model/topology.ts";
import { makeMatchMerger } from "./match-merger.ts";
import { mergeDocuments } from "./merge-jina.ts";

/** The facts about a request that decide how its answers are merged. */
export interface MergeRequest {
  readonly endpoint: string;
  /** The deployment's own parameters, as the client gave them. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** The rule that makes one answer of the answers of several shards, on bytes. */
export interface Merger {
  /** Returns the parameters that the shards get instead. */
  before?(request: MergeRequest): Readonly<Record<string, unknown>>;
  /** Merges the documents of the shards that answered, in shard order. */
  merge(lists: readonly (readonly Uint8Array[])[], request: MergeRequest): readonly Uint8Array[];
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
      return makeMatchMerger(merge.indexLimit);
    default:
      return assertNever(merge);
  }
}
