import type { LineCounter } from "yaml";

/** Every kind of finding. Tools filter by it. */
export type DiagnosticCode =
  /** The text is not valid YAML. */
  | "yaml"
  /** The text is valid YAML, but not a flow file: several documents, too large, too deep. */
  | "document"
  | "variable"
  | "unknown-key"
  | "ignored-keys"
  | "invalid-value"
  /** A reserved key. */
  | "not-yet"
  | "name"
  | "needs"
  | "cycle"
  | "uses"
  | "listener"
  | "polling"
  | "no-effect";

/**
 * One problem of a flow file with its location. Lines and columns start at 1. The end is exclusive.
 */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** `executors[0].replicas`, or empty for the whole file. */
  readonly path: string;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** Formats `flow.yml:3:5`, which editors and terminals turn into a link. */
export function formatDiagnosticLocation({ file, line, column }: Diagnostic): string {
  return `${file}:${line}:${column}`;
}

/** A part of the text, in offsets. The end is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The path of a value: keys and indexes from the top. */
export type Path = readonly (string | number)[];

/** A problem before its location is resolved to lines and columns. */
export interface Finding {
  readonly severity?: "error" | "warning";
  readonly code: DiagnosticCode;
  readonly span: Span;
  readonly path: Path;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Formats `executors[0].polling./index`. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) =>
      typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`,
    )
    .join("");
}

/**
 * Collects findings. Drops a finding about a value whose variable is not set, because the value is
 * unknown.
 */
export class Report {
  readonly #file: string;
  readonly #lines: LineCounter;
  readonly #found = new Map<string, Diagnostic>();
  readonly #unset = new Set<string>();

  /** `lines` are the lines of `file`. */
  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  add(finding: Finding): void {
    const diagnostic = locate(this.#file, this.#lines, finding);
    if (diagnostic.code === "variable" && diagnostic.severity === "error")
      this.#unset.add(diagnostic.path);
    else if (this.#unset.has(diagnostic.path)) return;
    const key = JSON.stringify([diagnostic.line, diagnostic.column, diagnostic.message]);
    if (!this.#found.has(key)) this.#found.set(key, diagnostic);
  }

  hasErrors(): boolean {
    return [...this.#found.values()].some(({ severity }) => severity === "error");
  }

  /** Returns the findings by location, errors before warnings, without repetitions. */
  list(): readonly Diagnostic[] {
    return [...this.#found.values()].toSorted(compareLocations);
  }
}

function locate(file: string, lines: LineCounter, finding: Finding): Diagnostic {
  const start = position(lines, finding.span.start);
  const end = position(lines, Math.max(finding.span.end, finding.span.start));
  return {
    severity: finding.severity ?? "error",
    file,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
    path: formatPath(finding.path),
    code: finding.code,
    message: finding.message,
    ...(finding.hint === undefined ? {} : { hint: finding.hint }),
  };
}

function position(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return line === 0 ? { line: 1, column: 1 } : { line, column: col };
}

function compareLocations(a: Diagnostic, b: Diagnostic): number {
  return a.line - b.line || a.column - b.column || a.severity.localeCompare(b.severity);
}
