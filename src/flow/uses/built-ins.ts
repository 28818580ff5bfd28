/** What stands behind a bare name in `uses`. */
export type BuiltIn =
  /** An executor of ours: a file of `executors/` (without ending) and its export. */
  | { readonly kind: "executor"; readonly module: string; readonly exportName: string }
  /** A file of the gateway that makes one answer of the shards'; only `uses_after` may name it. */
  | { readonly kind: "merger" };

/** The built-ins by name. */
export const BUILT_INS: Readonly<Record<string, BuiltIn>> = {
  BaseExecutor: { kind: "executor", module: "base-executor", exportName: "BaseExecutor" },
  HNSWIndexer: { kind: "executor", module: "hnsw-indexer", exportName: "HNSWIndexer" },
  TfidfEncoder: { kind: "executor", module: "tfidf-encoder", exportName: "TfidfEncoder" },
  MatchMerger: { kind: "merger" },
};

/** The built-in of that name, if there is one. */
export function findBuiltIn(name: string): BuiltIn | undefined {
  return Object.hasOwn(BUILT_INS, name) ? BUILT_INS[name] : undefined;
}
