import { dirname, join } from "node:path";
import { messageOf } from "../../util/error-code.ts";
import type { Diagnostic } from "../text/diagnostics.ts";
import { parseEnvFile, type EnvFileProblem } from "./parse-env-file.ts";

/** The env files of a flow and the variables that win over them. */
export interface EnvFileSource {
  /** The flow file, absolute. `.env` in its folder is read, if it exists. */
  readonly file: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Further files by absolute path. A later one wins, and all of them win over `.env`. */
  readonly envFiles: readonly string[];
  /** Returns the text of a file, or `undefined` if the file does not exist. */
  read(path: string): string | undefined;
}

/**
 * Returns the variables of `.env` and of `envFiles` that `variables` do not set. A file that does
 * not exist is an error, apart from `.env`.
 */
export function readEnvFiles(source: EnvFileSource): {
  readonly values: Readonly<Record<string, string>>;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { file, variables, envFiles } = source;
  const values = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  const ofShell = (name: string): string | undefined =>
    Object.hasOwn(variables, name) ? variables[name] : undefined;
  const beside = join(dirname(file), ".env");
  for (const path of [beside, ...envFiles]) {
    const text = readText(source, path);
    if (typeof text !== "string") {
      if (text !== MISSING || path !== beside) diagnostics.push(diagnosticOf(path, text));
      continue;
    }
    const parsed = parseEnvFile(text, (name) => ofShell(name) ?? values.get(name));
    for (const [name, value] of parsed.values)
      if (ofShell(name) === undefined) values.set(name, value);
    diagnostics.push(...parsed.problems.map((problem) => diagnosticOf(path, problem)));
  }
  return { values: Object.fromEntries(values), diagnostics };
}

const MISSING: EnvFileProblem = {
  severity: "error",
  line: 1,
  column: 1,
  message: "the file does not exist",
};

/** Returns the text of a file, or why it cannot be read. */
function readText(source: EnvFileSource, path: string): string | EnvFileProblem {
  try {
    return source.read(path) ?? MISSING;
  } catch (error) {
    return { ...MISSING, message: `the file cannot be read: ${messageOf(error)}` };
  }
}

function diagnosticOf(file: string, problem: EnvFileProblem): Diagnostic {
  const { line, column } = problem;
  return { ...problem, file, path: "", code: "env-file", endLine: line, endColumn: column };
}
