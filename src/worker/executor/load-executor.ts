import { pathToFileURL } from "node:url";
import { JflowError } from "../../util/errors.ts";
import type { ExecutorClass } from "../../model/executor.ts";
import type { ExecutorModule } from "../../model/replica.ts";

/**
 * Imports a module and returns the executor in it: the export `exportName`, else the one exported
 * class with `requests`. An executor is recognized by its shape, so it may come from another copy
 * of jflow or extend no class. Throws `NOT_FOUND` if the module has no executor and `FLOW_INVALID`
 * if it has several. Throws what the module itself throws.
 */
export async function loadExecutor(module: ExecutorModule, uses: string): Promise<ExecutorClass> {
  const exports: unknown = await import(pathToFileURL(module.path).href);
  return pickExecutor(isRecord(exports) ? withCommonJs(exports) : {}, module.exportName, uses);
}

/** The default export of a compiled CommonJS file is one object that holds its named exports. */
function withCommonJs(
  exports: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const whole = exports["default"];
  return isRecord(whole) ? { ...whole, ...exports } : exports;
}

/** Chooses the executor among the exports of a module, as `loadExecutor` describes. */
export function pickExecutor(
  exports: Readonly<Record<string, unknown>>,
  exportName: string | undefined,
  uses: string,
): ExecutorClass {
  const found = findExecutors(exports);
  if (exportName !== undefined) {
    const named = exports[exportName];
    if (isExecutorClass(named)) return named;
    const problem =
      named === undefined
        ? `has no export "${exportName}"`
        : `exports "${exportName}", which is not an executor: it has no static requests`;
    throw new JflowError("NOT_FOUND", `${uses} ${problem}${suggest(found)}`);
  }
  const [first, ...others] = found.values();
  if (first === undefined) {
    throw new JflowError(
      "NOT_FOUND",
      `${uses} exports no executor: a class with static requests, such as { "/search": "search" }`,
    );
  }
  if (others.length > 0) {
    const names = [...found.keys()];
    throw new JflowError(
      "FLOW_INVALID",
      `${uses} exports several executors (${names.join(", ")}): name one, as in ${uses}#${names[0] ?? ""}`,
    );
  }
  return first;
}

/**
 * Returns each executor once, by the first name of its export. Base classes that bind no endpoint
 * count only if no other executor exists.
 */
function findExecutors(exports: Readonly<Record<string, unknown>>): Map<string, ExecutorClass> {
  const all = new Map<string, ExecutorClass>();
  for (const [name, value] of Object.entries(exports)) {
    if (isExecutorClass(value) && ![...all.values()].includes(value)) all.set(name, value);
  }
  const binding = new Map(
    [...all].filter(([, executor]) => Object.keys(executor.requests).length > 0),
  );
  return binding.size > 0 ? binding : all;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isExecutorClass(value: unknown): value is ExecutorClass {
  if (typeof value !== "function" || !("requests" in value)) return false;
  return (
    typeof value.requests === "object" && value.requests !== null && !Array.isArray(value.requests)
  );
}

function suggest(found: ReadonlyMap<string, ExecutorClass>): string {
  return found.size === 0 ? "" : `; it has the executors ${[...found.keys()].join(", ")}`;
}
