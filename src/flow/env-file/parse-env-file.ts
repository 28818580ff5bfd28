import { interpolate } from "./interpolate.ts";

/** A mistake in an env file. Lines and columns start at 1. */
export interface EnvFileProblem {
  readonly severity: "error" | "warning";
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
}

interface EnvFile {
  /** The variables in the order of the file. */
  readonly values: ReadonlyMap<string, string>;
  readonly problems: readonly EnvFileProblem[];
}

const BLANK = /(?:[ \t\r\n]+|#[^\n]*)*/y;
const NAME = /(?:export[ \t]+)?([\w.\-[\]]+)[ \t]*(?:[=:]|(?=\r?\n|$|#))/y;
const QUOTED = /[ \t]*(?:'((?:\\'|[^'])*)'|"((?:\\[\s\S]|[^"\\])*)")/y;
const UNQUOTED = /[^\n]*/y;
const AFTER_QUOTE = /[ \t]*(?:#[^\n]*)?(?=\r?\n|$)/y;
const HINT = "write NAME=value";

/** Escapes in double quotes, apart from `\$`, which is a dollar sign that names no variable. */
const ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  $: "$$",
  '"': '"',
  "\\": "\\",
};

/**
 * Parses an env file as docker compose does: `NAME=value` or `export NAME=value`, comments, text in
 * single quotes as it is, escapes in double quotes, and references in double quotes and without
 * quotes. A quoted value may have several lines. A name without a value is left to the environment.
 * `lookUp` returns the variables that references may name, besides earlier ones of the file.
 * https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/
 */
export function parseEnvFile(text: string, lookUp: (name: string) => string | undefined): EnvFile {
  const values = new Map<string, string>();
  const problems: EnvFileProblem[] = [];
  const find = (name: string): string | undefined => lookUp(name) ?? values.get(name);
  const report = (at: number, problem: Omit<EnvFileProblem, "line" | "column">): void => {
    problems.push({ ...problem, ...positionAt(text, at) });
  };
  for (let at = skip(BLANK, text, 0); at < text.length; at = skip(BLANK, text, at)) {
    const name = matchAt(NAME, text, at);
    if (name === null) {
      report(at, { severity: "error", message: describeName(text, at), hint: HINT });
      at = skip(UNQUOTED, text, at);
      continue;
    }
    const start = at + name[0].length;
    if (!/[=:]$/.test(name[0])) {
      at = start;
      continue;
    }
    const value = readValue(text, start);
    if (value.problem !== undefined)
      report(value.problemAt ?? start, { severity: "error", message: value.problem });
    const { text: replaced, problems: unset } =
      value.isLiteral === true ? { text: value.text, problems: [] } : interpolate(value.text, find);
    for (const problem of unset) report(start, problem);
    values.set(name[1]!, replaced);
    at = value.end;
  }
  return { values, problems };
}

interface Value {
  readonly text: string;
  readonly end: number;
  /** Whether references stay as they are. */
  readonly isLiteral?: boolean;
  readonly problem?: string;
  readonly problemAt?: number;
}

function readValue(text: string, start: number): Value {
  const quoted = matchAt(QUOTED, text, start);
  if (quoted === null) return readUnquoted(text, start);
  const [whole, literal, escaped] = quoted;
  const end = start + whole.length;
  const value =
    literal === undefined
      ? { text: expandEscapes(escaped!) }
      : { text: literal.replaceAll("\\'", "'"), isLiteral: true };
  const rest = matchAt(AFTER_QUOTE, text, end);
  if (rest !== null) return { ...value, end: end + rest[0].length };
  const problem = "text follows the closing quote";
  return { ...value, end: skip(UNQUOTED, text, end), problem, problemAt: end };
}

/** A comment starts after a space. */
function readUnquoted(text: string, start: number): Value {
  const line = matchAt(UNQUOTED, text, start)![0];
  const end = start + line.length;
  const value = line.replace(/[ \t]#.*$/s, "").trim();
  return /^['"]/.test(value)
    ? { text: "", end, problem: `the quote ${value[0]} is not closed` }
    : { text: value, end };
}

function expandEscapes(text: string): string {
  return text.replaceAll(/\\([\s\S])/g, (whole, letter: string) => ESCAPES[letter] ?? whole);
}

function describeName(text: string, at: number): string {
  const line = matchAt(UNQUOTED, text, at)![0].trim();
  const [name = ""] = line.replace(/^export[ \t]+/, "").split(/[=:]/, 1);
  return name.length < line.length && name !== ""
    ? `"${name.trim()}" is not the name of a variable`
    : "the line does not set a variable";
}

function positionAt(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function skip(pattern: RegExp, text: string, at: number): number {
  return at + (matchAt(pattern, text, at)?.[0].length ?? 0);
}
