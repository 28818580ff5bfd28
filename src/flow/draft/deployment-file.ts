import { dirname, resolve } from "node:path";
import { formatDiagnosticLocation, Report } from "../text/diagnostics.ts";
import { countLines, readDocument } from "../text/document.ts";
import { isJsonObject, type JsonObject } from "../../util/json-object.ts";
import { readValues } from "../text/values.ts";
import { EXECUTOR_KEYS } from "../schema/executor.ts";
import { OPEN_KEYS } from "../schema/flow.ts";
import { namesOf } from "../schema/key.ts";
import { isPyModuleName } from "../uses/parse-uses.ts";

/** Access to the file of a deployment, and the values of its variables. */
export interface DeploymentFileDeps {
  /** The folder of the flow file. */
  readonly directory: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly context: Readonly<Record<string, string>>;
  /** Returns the text of a file, or `undefined` if the file does not exist. */
  read(path: string): string | undefined;
}

type DeploymentFile = { readonly entry: JsonObject } | { readonly problems: readonly string[] };

const PATH_KEYS = namesOf(EXECUTOR_KEYS, ({ isPath }) => isPath === true);
const LOOKS_LIKE_FILE = /^\.{1,2}\/|\.(?:ya?ml|jaml|py|[cm]?[jt]s)(?:#.*)?$/;

/**
 * Reads an entry of `executors` that is the path of a file. The file has `jtype: Deployment` and
 * its keys in `with` or at the top. Its relative paths start in its own folder. Problems name their
 * location in the file.
 */
export function readDeploymentFile(text: string, source: DeploymentFileDeps): DeploymentFile {
  const file = resolve(source.directory, text);
  const content = source.read(file);
  if (content === undefined) return { problems: [`${text} does not exist (looked for ${file})`] };
  const report = new Report(file, countLines(content));
  const document = readDocument(content, report);
  const { variables, context } = source;
  const value =
    document &&
    readValues(document, { text: content, variables, context, openKeys: OPEN_KEYS }, report).value;
  if (report.hasErrors()) {
    const errors = report.list().filter(({ severity }) => severity === "error");
    return {
      problems: errors.map((error) => `${formatDiagnosticLocation(error)}: ${error.message}`),
    };
  }
  if (!isJsonObject(value))
    return { problems: [`${file} is not a deployment: start the file with "jtype: Deployment"`] };
  const { jtype = "Deployment" } = value;
  if (jtype !== "Deployment")
    return { problems: [`${file}: expected "jtype: Deployment", got "jtype: ${String(jtype)}"`] };
  return { entry: startAt(dirname(file), spreadOptions(value)) };
}

/** Turns a `jtype: Deployment` into an entry of `executors`: its keys may be in `with`. */
export function spreadOptions(deployment: JsonObject): JsonObject {
  const { jtype: _jtype, version: _version, with: options, ...rest } = deployment;
  return { ...(isJsonObject(options) ? options : {}), ...rest };
}

function startAt(directory: string, entry: JsonObject): JsonObject {
  const moved = PATH_KEYS.filter((key) => entry[key] !== undefined).map((key) => [
    key,
    move(directory, key, entry[key]),
  ]);
  return { ...entry, ...Object.fromEntries(moved) };
}

/** Makes the paths of a value absolute. Names of classes and built-ins stay. */
function move(directory: string, key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => move(directory, key, each));
  if (isJsonObject(value) && value["py_modules"] !== undefined)
    return { ...value, py_modules: move(directory, "py_modules", value["py_modules"]) };
  const isFile =
    key === "workspace" ||
    (key === "py_modules" && !isPyModuleName(String(value))) ||
    LOOKS_LIKE_FILE.test(String(value));
  return typeof value === "string" && isFile ? resolve(directory, value) : value;
}
