import type { PythonExecutor } from "../../model/replica.ts";
import { findBuiltIn } from "./built-ins.ts";

/** What a deployment runs. */
export type Uses =
  /**
   * One of the built-ins by its bare name; `BaseExecutor` does nothing and is what a deployment
   * without `uses` runs.
   */
  | { readonly kind: "builtin"; readonly name: string }
  /**
   * A module of the user's, by absolute path. Without `exportName` its one exported class that has
   * `requests`.
   */
  | { readonly kind: "file"; readonly path: string; readonly exportName?: string }
  /** A stock Python executor. */
  | ({ readonly kind: "python" } & PythonExecutor)
  /** An npm package, resolved from the flow's folder. */
  | { readonly kind: "package"; readonly name: string; readonly exportName?: string };

/** Whether `uses` names a merger that is part of the gateway. */
export function isMerger(uses: Uses): boolean {
  return uses.kind === "builtin" && findBuiltIn(uses.name)?.kind === "merger";
}
