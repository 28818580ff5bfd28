import { isJsonObject, type JsonObject } from "../../util/json-object.ts";
import { formatPath, type Path } from "../text/diagnostics.ts";
import { readDeploymentFile, spreadOptions, type DeploymentFileDeps } from "./deployment-file.ts";
import { formatValue } from "./issues.ts";
import type { CheckDeps } from "./read-keys.ts";

const DEPLOYMENT_FILE = /\.(?:ya?ml|jaml)$/;

/** One entry of `executors` before the schema. */
export interface ExecutorEntry {
  readonly path: Path;
  readonly value: unknown;
}

/** Reads the entries of `executors`, or of `deployments`, its other name. */
export function readEntries(
  file: JsonObject,
  deps: CheckDeps,
  files: DeploymentFileDeps,
): readonly ExecutorEntry[] {
  const [key = "executors", second] = ["executors", "deployments"].filter(
    (word) => file[word] !== undefined,
  );
  const { report, locations } = deps;
  if (second !== undefined) {
    const message = `"${key}" and "${second}" name the same list`;
    const hint = `move the entries of "${second}" to "${key}"`;
    report.add({
      code: "unknown-key",
      span: locations.keyAt([second]),
      path: [second],
      message,
      hint,
    });
  }
  const list: unknown = file[key] ?? [];
  if (!Array.isArray(list)) {
    const message = `${key}: expected a list, got ${formatValue(list)}`;
    const hint = 'start each entry with "- "';
    report.add({
      code: "invalid-value",
      span: locations.valueAt([key]),
      path: [key],
      message,
      hint,
    });
    return [];
  }
  return list.flatMap((value: unknown, index) =>
    readEntry({ path: [key, index], value }, deps, files),
  );
}

/** Reads a mapping, or the path of a file with a mapping. Reports any other value. */
function readEntry(
  item: ExecutorEntry,
  { report, locations }: CheckDeps,
  files: DeploymentFileDeps,
): readonly ExecutorEntry[] {
  const { path, value } = item;
  const at = { code: "invalid-value", span: locations.valueAt(path), path } as const;
  if (isJsonObject(value) && isJinasGateway(value)) {
    const message = `${formatPath(path)}: this entry has no effect: it names the gateway`;
    const hint = 'set the keys of the gateway in "gateway"';
    report.add({ ...at, severity: "warning", code: "no-effect", message, hint });
    return [];
  }
  if (isJsonObject(value))
    return [{ path, value: value["jtype"] === "Deployment" ? spreadOptions(value) : value }];
  if (typeof value !== "string" || !DEPLOYMENT_FILE.test(value)) {
    report.add({
      ...at,
      message: `${formatPath(path)}: expected a mapping or the path of a YAML file, got ${formatValue(value)}`,
    });
    return [];
  }
  const read = readDeploymentFile(value, files);
  if ("entry" in read) return [{ path, value: read.entry }];
  for (const problem of read.problems)
    report.add({ ...at, message: `${formatPath(path)}: ${problem}` });
  return [];
}

/** Flows that Jina saved may list the gateway among the executors. */
function isJinasGateway(entry: JsonObject): boolean {
  return entry["name"] === "gateway" && entry["uses"] === undefined;
}
