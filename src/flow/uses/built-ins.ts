/** The meaning of a bare name in `uses`. */
export type BuiltIn =
  /** An executor of `executors/`: its file without ending, and its export. */
  | { readonly kind: "executor"; readonly module: string; readonly exportName: string }
  /** A part of the gateway that merges the answers of shards. Only `uses_after` may name it. */
  | { readonly kind: "merger" };

export const BUILT_INS: Readonly<Record<string, BuiltIn>> = {
  BaseExecutor: { kind: "executor", module: "base-executor", exportName: "BaseExecutor" },
  HNSWIndexer: { kind: "executor", module: "hnsw-indexer", exportName: "HNSWIndexer" },
  TfidfEncoder: { kind: "executor", module: "tfidf-encoder", exportName: "TfidfEncoder" },
  MatchMerger: { kind: "merger" },
};

export function findBuiltIn(name: string): BuiltIn | undefined {
  return Object.hasOwn(BUILT_INS, name) ? BUILT_INS[name] : undefined;
}
