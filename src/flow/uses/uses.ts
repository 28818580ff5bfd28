import type { PythonExecutor } from "../../model/replica.ts";
import { findBuiltIn } from "./built-ins.ts";

/** The executor that a deployment runs. */
export type Uses =
  /**
   * A built-in by its name. Without `uses` a deployment runs `BaseExecutor`, which returns every
   * request unchanged.
   */
  | { readonly kind: "builtin"; readonly name: string }
  /**
   * A module of the user by absolute path. Without `exportName`, its only exported class that has
   * `requests`.
   */
  | { readonly kind: "file"; readonly path: string; readonly exportName?: string }
  /** A stock Python executor. */
  | ({ readonly kind: "python" } & PythonExecutor)
  /** An npm package, resolved from the folder of the flow. */
  | { readonly kind: "package"; readonly name: string; readonly exportName?: string };

/** Returns whether `uses` names a merger that is part of the gateway. */
export function isMerger(uses: Uses): boolean {
  return uses.kind === "builtin" && findBuiltIn(uses.name)?.kind === "merger";
}
