import type { Draft, DraftExecutor } from "../draft/draft.ts";
import { describeInline, INLINE_HINT } from "../uses/inline-uses.ts";
import { EXECUTOR_KEYS } from "../schema/executor.ts";
import { namesOf } from "../schema/key.ts";
import type { CheckDeps } from "../draft/read-keys.ts";
import { isJsonObject, type JsonObject } from "../../util/json-object.ts";
import { suggestHint } from "../../util/text/suggest.ts";
import { isMerger } from "../uses/uses.ts";
import { parseUses, type UsesDeps } from "../uses/parse-uses.ts";
import { MAX_PROCESSES_PER_DEPLOYMENT } from "../../util/limits/flow-file.ts";

/** Checks each executor on its own: `uses`, counts, keys of Python executors, polling. */
export function checkExecutors(draft: Draft, files: UsesDeps, deps: CheckDeps): void {
  for (const executor of draft.executors) {
    // The executor of an external deployment is not known here.
    const stated = executor.values.external ? [] : (["uses", "uses_before", "uses_after"] as const);
    for (const key of stated) checkUses(executor, key, { files, deps });
    checkCounts(executor, deps);
    checkPythonKeys(executor, files, deps);
    checkPolling(executor, deps);
  }
  if (draft.executors.length === 0 && !deps.report.hasErrors()) {
    deps.report.add({
      severity: "warning",
      code: "no-effect",
      span: { start: 0, end: 0 },
      path: [],
      message: "the flow has no executors: the gateway returns every request unchanged",
    });
  }
}

function checkUses(
  executor: DraftExecutor,
  key: "uses" | "uses_before" | "uses_after",
  { files, deps }: { files: UsesDeps; deps: CheckDeps },
): void {
  const stated = executor.values[key];
  // Without valid `py_modules` the class cannot be found. Their error is already reported.
  if (stated === undefined || executor.invalid.has("py_modules")) return;
  const path = [...executor.path, key];
  const at = { span: deps.locations.valueAt(path), path };
  if (typeof stated !== "string") {
    deps.report.add({
      code: "uses",
      ...at,
      message: `${key}: ${describeInline(stated)}`,
      hint: INLINE_HINT,
    });
    return;
  }
  const parsed = parseUses(stated, files, key === "uses" ? executor.values.py_modules : []);
  if ("problem" in parsed) {
    const { code, message, hint } = parsed.problem;
    deps.report.add({ code, ...at, message: `${key}: ${message}`, hint });
    return;
  }
  if (parsed.replaced !== undefined) {
    const name = "name" in parsed.uses ? parsed.uses.name : "";
    deps.report.add({
      severity: "warning",
      code: "uses",
      ...at,
      message: `${key}: the built-in ${name} replaces ${parsed.replaced} of Jina Hub, which no longer exists`,
    });
  }
  if (key !== "uses_after" && isMerger(parsed.uses)) {
    deps.report.add({
      code: "uses",
      ...at,
      message: `${key}: ${stated} merges the answers of shards and cannot be an executor`,
      hint: `write "uses_after: ${stated}" in the executor that has the shards`,
    });
  }
}

/** Other executors have no metas, handle requests one by one and keep the type of an array. */
const OF_PYTHON = namesOf(EXECUTOR_KEYS, ({ scope }) => scope === "python");

/** Reports keys that do not fit the kind of executor. */
function checkPythonKeys(executor: DraftExecutor, files: UsesDeps, deps: CheckDeps): void {
  const { uses, py_modules: modules } = executor.values;
  const parsed = parseUses(typeof uses === "string" ? uses : "BaseExecutor", files, modules);
  if ("problem" in parsed) return;
  if (parsed.uses.kind === "python") refuseStateful(executor, deps);
  else warnOfPythonKeys(executor, deps);
}

/** Jina would keep these replicas equal. Here they would diverge without an error. */
function refuseStateful(
  { path: at, values, name }: DraftExecutor,
  { report, locations }: CheckDeps,
): void {
  if (!values.stateful || values.replicas === 1 || values.external) return;
  const path = [...at, "stateful"];
  report.add({
    code: "invalid-value",
    span: locations.keyAt(path),
    path,
    message: `executor "${name}": jflow does not replicate the state of a Python executor, so its ${values.replicas} replicas would diverge`,
    hint: 'write "replicas: 1", or use an executor that declares writes, such as HNSWIndexer',
  });
}

function warnOfPythonKeys(executor: DraftExecutor, { report, locations }: CheckDeps): void {
  for (const key of OF_PYTHON) {
    if (!executor.given.has(key) || isEmpty((executor.values as JsonObject)[key])) continue;
    const path = [...executor.path, key];
    report.add({
      severity: "warning",
      code: "no-effect",
      span: locations.keyAt(path),
      path,
      message: `"${key}" of executor "${executor.name}" has no effect: the executor is not a Python executor`,
    });
  }
}

/** Returns whether a value means the same as no value. */
function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === false ||
    (isJsonObject(value) && Object.keys(value).length === 0)
  );
}

function checkCounts(executor: DraftExecutor, { report, locations }: CheckDeps): void {
  const { shards, replicas } = executor.values;
  if (shards * replicas > MAX_PROCESSES_PER_DEPLOYMENT) {
    const path = [...executor.path, "shards"];
    report.add({
      code: "invalid-value",
      span: locations.valueAt(path),
      path,
      message: `executor "${executor.name}": ${shards} shards with ${replicas} replicas each need ${(shards * replicas).toLocaleString("en")} processes, more than the limit of ${MAX_PROCESSES_PER_DEPLOYMENT.toLocaleString("en")}`,
    });
  }
  for (const key of ["uses_after", "uses_before"] as const) {
    if (!executor.given.has(key) || shards !== 1 || executor.invalid.has("shards")) continue;
    const path = [...executor.path, key];
    report.add({
      severity: "warning",
      code: "no-effect",
      span: locations.keyAt(path),
      path,
      message: `"${key}" of executor "${executor.name}" has no effect: the executor has one shard`,
    });
  }
}

/**
 * Warns about an endpoint without a leading slash. Jina allows such endpoints, so this is not an
 * error.
 */
function checkPolling(executor: DraftExecutor, { report, locations }: CheckDeps): void {
  const { polling } = executor.values;
  if (typeof polling !== "object") return;
  for (const endpoint of Object.keys(polling)) {
    if (endpoint === "*" || endpoint.startsWith("/")) continue;
    const path = [...executor.path, "polling", endpoint];
    const hint =
      suggestHint(endpoint, ["/index", "/search", "/update", "/delete"]) ??
      `did you mean "/${endpoint}"?`;
    report.add({
      severity: "warning",
      code: "polling",
      span: locations.keyAt(path),
      path,
      message: `polling: endpoint "${endpoint}" does not start with a slash`,
      hint,
    });
  }
}
