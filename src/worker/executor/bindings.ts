import { JflowError } from "../../util/errors.ts";
import type { ExecutorClass } from "../../model/executor.ts";

/** What of an executor's class tells what it answers. */
export type ExecutorDeclaration = Pick<ExecutorClass, "requests" | "writes"> & {
  readonly name: string;
  readonly prototype: object;
};

/** The endpoint that catches those nobody names. */
const DEFAULT_ENDPOINT = "/default";

/** Jina's gateways probe a flow with it; every executor answers it by giving the request back. */
const DRY_RUN_ENDPOINT = "_jina_dry_run_";

/** Which method of an executor answers which endpoint. */
export interface Bindings {
  readonly methods: ReadonlyMap<string, string>;
  /** Names of the methods that change state. */
  readonly writes: ReadonlySet<string>;
}

/**
 * The class's own `requests` with the flow's `uses_requests` laid over them.
 * Throws `FLOW_INVALID` where a method that is named there, or in `writes`, does not exist.
 */
export function bindEndpoints(
  executor: ExecutorDeclaration,
  usesRequests: Readonly<Record<string, string>> = {},
): Bindings {
  const methods = new Map(Object.entries({ ...executor.requests, ...usesRequests }));
  for (const [endpoint, method] of methods) {
    if (!hasMethod(executor, method)) {
      throw new JflowError(
        "FLOW_INVALID",
        `${executor.name} binds ${endpoint} to "${method}", but has no such method${listMethods(executor)}`,
      );
    }
  }
  const writes = new Set(executor.writes ?? []);
  for (const method of writes) {
    if (!hasMethod(executor, method)) {
      throw new JflowError(
        "FLOW_INVALID",
        `${executor.name} names "${method}" in writes, but has no such method${listMethods(executor)}`,
      );
    }
  }
  return { methods, writes };
}

/** The method that answers `endpoint`; undefined where the request only passes through. */
export function findMethod(bindings: Bindings, endpoint: string): string | undefined {
  if (endpoint === DRY_RUN_ENDPOINT) return undefined;
  return bindings.methods.get(endpoint) ?? bindings.methods.get(DEFAULT_ENDPOINT);
}

/** The endpoints whose methods change state. */
export function listWriteEndpoints(bindings: Bindings): string[] {
  return [...bindings.methods]
    .filter(([, method]) => bindings.writes.has(method))
    .map(([endpoint]) => endpoint);
}

/** Whether the copies of its shards are kept equal: it changes state, and can save and load it. */
export function isStateful(executor: ExecutorDeclaration): boolean {
  return (
    (executor.writes ?? []).length > 0 &&
    hasMethod(executor, "snapshot") &&
    hasMethod(executor, "restore")
  );
}

function hasMethod(executor: ExecutorDeclaration, name: string): boolean {
  return typeof Reflect.get(executor.prototype, name) === "function";
}

function listMethods(executor: ExecutorDeclaration): string {
  const names = Object.getOwnPropertyNames(executor.prototype).filter(
    (name) => name !== "constructor",
  );
  return names.length === 0 ? "" : ` (it has ${names.join(", ")})`;
}
