import { JflowError } from "../../util/errors.ts";
import type { ExecutorClass } from "../../model/executor.ts";

/** The part of the class of an executor that declares its endpoints. */
export type ExecutorDeclaration = Pick<ExecutorClass, "requests" | "writes"> & {
  readonly name: string;
  readonly prototype: object;
  /** For a write method whose meaning changed: the method that replays writes logged before. */
  readonly formerWrites?: Readonly<Record<string, string>>;
};

/** The endpoint of every request whose endpoint is not bound. */
const DEFAULT_ENDPOINT = "/default";

/**
 * Jina's gateways probe a flow with this endpoint. Every executor answers with the request itself.
 */
const DRY_RUN_ENDPOINT = "_jina_dry_run_";

/** The methods of an executor by endpoint. */
export interface Bindings {
  readonly methods: ReadonlyMap<string, string>;
  /** Names of the methods that change state. */
  readonly writes: ReadonlySet<string>;
  /** The methods that replay writes logged by the first version of jflow, by today's method. */
  readonly former: ReadonlyMap<string, string>;
}

/**
 * Returns the `requests` of the class, with `uses_requests` of the flow laid over them. Throws
 * `FLOW_INVALID` if a method that is named there, or in `writes`, does not exist.
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
  return { methods, writes, former: new Map(Object.entries(executor.formerWrites ?? {})) };
}

/** Returns the method that answers `endpoint`, or undefined if the request passes through. */
export function findMethod(bindings: Bindings, endpoint: string): string | undefined {
  if (endpoint === DRY_RUN_ENDPOINT) return undefined;
  return bindings.methods.get(endpoint) ?? bindings.methods.get(DEFAULT_ENDPOINT);
}

/** Returns the endpoints whose methods change state. */
export function listWriteEndpoints(bindings: Bindings): string[] {
  return [...bindings.methods]
    .filter(([, method]) => bindings.writes.has(method))
    .map(([endpoint]) => endpoint);
}

/**
 * Returns whether the copies of its shards are kept equal: the executor changes state, and can save
 * and load it.
 */
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
