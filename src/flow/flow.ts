import { basename, dirname } from "node:path";
import { checkConditions } from "./checks/conditions.ts";
import { checkExecutors } from "./checks/executors.ts";
import { checkAutoscale } from "./checks/autoscale.ts";
import { checkExternal } from "./checks/external.ts";
import { checkListeners } from "./checks/listeners.ts";
import { checkNames } from "./checks/names.ts";
import { checkNeeds } from "./checks/needs.ts";
import { checkServerTls, checkTls } from "./checks/tls.ts";
import { readDraft, type Draft } from "./draft/draft.ts";
import { readEnvFiles } from "./env-file/read-env-files.ts";
import { resolveFlow } from "./resolve/resolve-flow.ts";
import { formatValue } from "./draft/issues.ts";
import { OPEN_KEYS } from "./schema/flow.ts";
import type { CheckDeps } from "./draft/read-keys.ts";
import { Report, type Diagnostic } from "./text/diagnostics.ts";
import { BEGIN, countLines, readDocument } from "./text/document.ts";
import { isJsonObject, type JsonObject } from "../util/json-object.ts";
import { readValues, type FileValues } from "./text/values.ts";
import type { Flow } from "./resolve/types.ts";

export { findBuiltIn } from "./uses/built-ins.ts";
export { listExternalAddresses } from "./resolve/external.ts";
export { withDefaultMetric } from "./default-metric.ts";
export { compareFlows } from "./compare-flows.ts";
export type { FlowDifference } from "./compare-flows.ts";
export { planReplicas } from "./plan.ts";
export type { Plan, PlannedReplica } from "./plan.ts";
export { isMerger } from "./uses/uses.ts";
export type { Uses } from "./uses/uses.ts";
export { effectivePolling } from "./polling.ts";
export type { DescribedPolling } from "./polling.ts";
export { listJinaDifferences } from "./jina-differences.ts";
export type { AutoscalePolicy, RestartPolicy } from "./schema/supervision.ts";
export { WATCH_DEFAULTS } from "./schema/values/watch-value.ts";
export type { WatchOptions } from "./schema/values/watch-value.ts";
export type { StatedPolling } from "./schema/values/polling-value.ts";
export { hideEnvironment, renderFlow } from "./render.ts";
export type { DescribedFlow } from "./render.ts";
export { flowJsonSchema } from "./schema/json-schema.ts";
export { keysTable } from "./schema/keys-table.ts";
export { formatDiagnostics } from "./text/frames.ts";
export type { Diagnostic } from "./text/diagnostics.ts";
export type { Deployment, Flow, FlowGateway } from "./resolve/types.ts";

/** The text of a flow file and everything it may refer to. */
export interface FlowSource {
  readonly text: string;
  /** Absolute. Relative paths in the text start in the folder of this file. */
  readonly file: string;
  /** Values of `${X}` and `${{ ENV.X }}`. The flow's own `env` wins, and env files lose. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Files with further variables, by absolute path. A later file wins. `.env` is read before. */
  readonly envFiles?: readonly string[];
  /** Values of `${{ CONTEXT.X }}`. */
  readonly context?: Readonly<Record<string, string>>;
  /** Returns whether a file or folder exists at an absolute path. */
  exists(path: string): boolean;
  /**
   * Returns the text of a file at an absolute path, or `undefined` if the file does not exist.
   * Reads env files, deployments in other files, certificates and keys.
   */
  read?(path: string): string | undefined;
}

interface ReadFlow {
  readonly flow?: Flow;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads and checks a flow file. Returns a flow exactly if no diagnostic is an error. Reports all
 * problems at once, but those of env files first. Does not throw for any text.
 */
export function readFlow(source: FlowSource): ReadFlow {
  const { envFiles = [], variables } = source;
  const fromFiles = readEnvFiles({ ...source, envFiles, read: (path) => source.read?.(path) });
  const { values, diagnostics } = fromFiles;
  if (diagnostics.some(({ severity }) => severity === "error")) return { diagnostics };
  const set = Object.entries(variables).filter(([, value]) => value !== undefined);
  const all = { ...values, ...Object.fromEntries(set) };
  const result = readChecked({ ...source, variables: all }, values);
  return { ...result, diagnostics: [...result.diagnostics, ...diagnostics] };
}

/** `ofFiles`: the variables of env files, which all processes of the flow get. */
function readChecked(source: FlowSource, ofFiles: Readonly<Record<string, string>>): ReadFlow {
  const lines = countLines(source.text);
  const report = new Report(source.file, lines);
  const document = readDocument(source.text, report);
  if (document === undefined) return { diagnostics: report.list() };
  const values = readValues(
    document,
    {
      text: source.text,
      variables: source.variables,
      context: source.context ?? {},
      openKeys: OPEN_KEYS,
    },
    report,
  );
  const { locations } = values;
  const file = asTopLevel(values, source.file, report);
  if (file === undefined) return { diagnostics: report.list() };

  const deps: CheckDeps = {
    report,
    locations,
    lineOf: (path) => Math.max(1, lines.linePos(locations.valueAt(path).start).line),
  };
  const files = { directory: dirname(source.file), exists: (path: string) => source.exists(path) };
  const draft = readDraft(file, deps, {
    directory: files.directory,
    variables: source.variables,
    context: source.context ?? {},
    read: (path) => source.read?.(path),
  });
  checkNames(draft, deps);
  checkNeeds(draft, deps);
  checkListeners(draft, deps);
  checkExecutors(draft, files, deps);
  checkConditions(draft, deps);
  checkExternal(draft, deps);
  checkAutoscale(draft, deps);
  checkTls(draft, { ...files, read: (path) => source.read?.(path) }, deps);
  checkServerTls(file, deps);
  const withEnv = ({ top, ...rest }: Draft): Draft => ({
    ...rest,
    top: { ...top, env: { ...ofFiles, ...top.env } },
  });
  return {
    ...(report.hasErrors() ? {} : { flow: resolveFlow(withEnv(draft), source.file, files) }),
    diagnostics: report.list(),
  };
}

/** The `jtype` of Jina's other kinds of files. */
const OTHER_FILES: ReadonlySet<string> = new Set(["Deployment", "Executor", "Gateway"]);

/** Returns the top-level mapping of a flow file, or reports why the file has none. */
function asTopLevel(
  { value, locations }: FileValues,
  file: string,
  report: Report,
): JsonObject | undefined {
  const problem = describeTopLevel(value);
  if (problem === undefined && isJsonObject(value)) return value;
  report.add({
    code: "document",
    span: locations.valueAt([]),
    path: [],
    message: problem ?? "",
    hint: hintTopLevel(value, file),
  });
  return undefined;
}

function describeTopLevel(value: unknown): string | undefined {
  if (value === null || value === undefined) return "the file is empty";
  if (!isJsonObject(value)) return `expected a flow, got ${formatValue(value)}`;
  const { jtype } = value;
  return typeof jtype === "string" && OTHER_FILES.has(jtype)
    ? `expected a flow, got "jtype: ${jtype}"`
    : undefined;
}

/** A flow can refer to the file of a deployment or an executor in one line. */
function hintTopLevel(value: unknown, file: string): string {
  const jtype = isJsonObject(value) ? value["jtype"] : undefined;
  if (jtype === "Deployment")
    return `name the file in a flow file: "executors: [${basename(file)}]"`;
  return jtype === "Executor"
    ? `name the file in a flow file: "executors: [{ uses: ${basename(file)} }]"`
    : BEGIN;
}
