import type { LineCounter } from "yaml";

/** Every kind of finding, as a closed list; tools filter by it. */
export type DiagnosticCode =
  /** The text is no YAML. */
  | "yaml"
  /** It is YAML, but more than a flow file may be: several documents, too big, too deep. */
  | "document"
  | "variable"
  | "unknown-key"
  | "ignored-keys"
  | "invalid-value"
  /** A key or form that is reserved and not built. */
  | "not-yet"
  | "name"
  | "needs"
  | "cycle"
  | "uses"
  | "listener"
  | "polling"
  | "no-effect";

/**
 * One problem of a flow file with its place. Lines and columns count from 1; the end is exclusive.
 */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** `executors[0].replicas`; empty for the whole file. */
  readonly path: string;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** `flow.yml:3:5`, as editors and terminals make a link of it. */
export function formatDiagnosticPlace({ file, line, column }: Diagnostic): string {
  return `${file}:${line}:${column}`;
}

/** A stretch of the text, in offsets; the end is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where a value stands in the file: keys and indexes from the top. */
export type Path = readonly (string | number)[];

/** What a check found. */
export interface Finding {
  readonly severity?: "error" | "warning";
  readonly code: DiagnosticCode;
  readonly span: Span;
  readonly path: Path;
  readonly message: string;
  readonly hint?: string | undefined;
}

/**
 * Collects what the checks find. A value whose variable is not set is no finding for anything else:
 * nobody knows what it says.
 */
export interface Report {
  add(finding: Finding): void;
  hasErrors(): boolean;
  /** By place, errors before warnings of the same place; what was found twice is told once. */
  list(): readonly Diagnostic[];
}

/** `executors[0].polling./index`. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) =>
      typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`,
    )
    .join("");
}

/** A report on `file`; `lines` knows the lines of its text. */
export function openReport(file: string, lines: LineCounter): Report {
  const found = new Map<string, Diagnostic>();
  const unset = new Set<string>();
  return {
    add(finding) {
      const diagnostic = locate(file, lines, finding);
      if (diagnostic.code === "variable" && diagnostic.severity === "error")
        unset.add(diagnostic.path);
      else if (unset.has(diagnostic.path)) return;
      const key = JSON.stringify([diagnostic.line, diagnostic.column, diagnostic.message]);
      if (!found.has(key)) found.set(key, diagnostic);
    },
    hasErrors: () => [...found.values()].some((diagnostic) => diagnostic.severity === "error"),
    list: () => [...found.values()].toSorted(byPlace),
  };
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

function byPlace(a: Diagnostic, b: Diagnostic): number {
  return a.line - b.line || a.column - b.column || a.severity.localeCompare(b.severity);
}
