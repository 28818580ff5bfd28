import { existsSync } from "node:fs";
import { readFile, realpath, stat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { parseEnv } from "node:util";
import { formatDiagnostics, readFlow, type Flow } from "../../flow/flow.ts";
import { JflowError } from "../../util/errors.ts";
import type { FlowVariables } from "../../model/supervisor.ts";
import { readTextFile } from "../../util/files/read-text-file.ts";
import { decodeText } from "../../util/text/decode-text.ts";
import { printNotice, type CommandContext } from "../terminal/context.ts";
import { FLOW_FILE_NAMES, findFlowFile, flowFileAt } from "./find-flow-file.ts";

const NAMES = new Intl.ListFormat("en", { type: "disjunction" }).format(FLOW_FILE_NAMES);

/** Returns the real path of the flow file of a command. Throws `NOT_FOUND`. */
export async function locateFlowFile(
  context: CommandContext,
  named: string | undefined,
): Promise<string> {
  const cwd = context.terminal.cwd();
  const file =
    named === undefined
      ? findFlowFile(cwd, existsSync)
      : flowFileAt(resolve(cwd, named), existsSync);
  if (file === undefined) {
    throw new JflowError(
      "NOT_FOUND",
      `no ${NAMES} in this folder or above: name a flow file (jflow up my-flow.yml) or create one (jflow init)`,
    );
  }
  if (!existsSync(file)) throw new JflowError("NOT_FOUND", `${file} does not exist`);
  if ((await stat(file)).isDirectory())
    throw new JflowError("NOT_FOUND", `${named} is a folder without ${NAMES}`);
  return realpath(file);
}

/** `--env-file` of a command that reads a flow file. */
export interface EnvFileOptions {
  readonly envFile?: readonly string[];
}

/**
 * Returns the variables of a flow file: the environment and the files of `--env-file`. Throws
 * `NOT_FOUND` for a file that does not exist.
 */
export function variablesOf(
  { terminal }: CommandContext,
  { envFile = [] }: EnvFileOptions,
): FlowVariables {
  const envFiles = envFile.map((file) => resolve(terminal.cwd(), file));
  for (const file of envFiles)
    if (!existsSync(file)) throw new JflowError("NOT_FOUND", `--env-file ${file} does not exist`);
  return { variables: withoutLoaded(terminal.env, envFiles), envFiles };
}

/**
 * Node.js itself loads a file that follows `--env-file` anywhere in the command line, in a simpler
 * syntax. Returns the environment without what it loaded.
 */
function withoutLoaded(
  env: FlowVariables["variables"],
  envFiles: readonly string[],
): FlowVariables["variables"] {
  const loaded = envFiles.flatMap((file) => Object.entries(parseEnv(readTextFile(file) ?? "")));
  const names = new Set(
    loaded.filter(([name, value]) => env[name] === value).map(([name]) => name),
  );
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.has(name)));
}

/**
 * Reads and checks a flow file, and writes its warnings to stderr. Throws `FLOW_INVALID` with all
 * errors and the lines around them.
 */
export async function readFlowFile(
  context: CommandContext,
  file: string,
  variables: FlowVariables,
): Promise<Flow> {
  const bytes = await readFile(file).catch((error: Error) => {
    throw new JflowError("NOT_FOUND", `cannot read ${file}: ${error.message}`, { cause: error });
  });
  const text = decodeText(bytes);
  const { flow, diagnostics } = readFlow({
    text,
    file,
    ...variables,
    exists: existsSync,
    read: readTextFile,
  });
  const shown = diagnostics.map((diagnostic) => ({
    ...diagnostic,
    file: shorten(diagnostic.file, context.terminal.cwd()),
  }));
  const report = shown.length === 0 ? "" : formatDiagnostics(shown, text);
  if (flow === undefined || diagnostics.some((diagnostic) => diagnostic.severity === "error"))
    throw new JflowError("FLOW_INVALID", `the flow file is not valid\n${report}`);
  if (report !== "") printNotice(context, report);
  return flow;
}

/** Returns the path relative to `cwd` if the file is below it. */
function shorten(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === "" || short.startsWith("..") ? path : short;
}
