import { basename } from "node:path";
import type { Diagnostic } from "./diagnostics.ts";
import { countOf } from "../../util/text/count-of.ts";

/** Longer lines are cut around the caret. */
const MAX_WIDTH = 120;
/** Control characters, line separators and characters that change the direction of text. */
const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Formats findings as plain text: location, message, the line with a caret below it, hint, and the
 * number of findings. Control characters become spaces, so that a file cannot write to the
 * terminal. Returns an empty text if there are no findings.
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], text: string): string {
  if (diagnostics.length === 0) return "";
  const lines = text.split(/\r?\n/);
  const frames = diagnostics.map((diagnostic) => formatFrame(diagnostic, lines));
  return `${[...frames, summarise(diagnostics)].join("\n\n")}\n`;
}

function formatFrame(diagnostic: Diagnostic, lines: readonly string[]): string {
  const { file, line, column, severity, message, hint } = diagnostic;
  const last = Math.min(lines.length, line + 1);
  const digits = Math.max(3, String(last).length);
  const margin = " ".repeat(digits + 2);
  const out = [`${clean(file)}:${line}:${column}: ${severity}: ${clean(message)}`];
  // The line may be secret, and it is not a line of the flow file.
  if (diagnostic.code === "env-file")
    return [...out, ...(hint === undefined ? [] : [`  = ${clean(hint)}`])].join("\n");
  const from = cutFrom(diagnostic);
  for (let number = Math.max(1, line - 1); number <= last; number += 1) {
    const content = lines[number - 1] ?? "";
    // An empty line before or after adds no context.
    if (number !== line && content.trim() === "") continue;
    const marker = number === line ? ">" : " ";
    out.push(`${marker}${String(number).padStart(digits)} | ${cut(content, from)}`.trimEnd());
    if (number === line)
      out.push(
        `${margin}| ${" ".repeat(column - 1 - from)}${"^".repeat(caretLength(diagnostic, content, from))}`,
      );
  }
  if (hint !== undefined) out.push(`${margin}= ${clean(hint)}`);
  return out.join("\n");
}

/** Returns the number of characters to cut at the start of each line of the frame. */
function cutFrom({ column }: Diagnostic): number {
  return column <= MAX_WIDTH - 20 ? 0 : column - MAX_WIDTH / 2;
}

function cut(content: string, from: number): string {
  const rest = clean(content.slice(from, from + MAX_WIDTH));
  return content.length > from + MAX_WIDTH ? `${rest}...` : rest;
}

/**
 * The caret ends with the value, or with the line if the value has several lines. It has at least
 * one character.
 */
function caretLength(
  { line, column, endLine, endColumn }: Diagnostic,
  content: string,
  from: number,
): number {
  const end = endLine === line ? endColumn : content.trimEnd().length + 1;
  return Math.max(1, Math.min(end - column, from + MAX_WIDTH - column + 1));
}

function clean(text: string): string {
  return text.replaceAll(CONTROL, " ");
}

function summarise(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const counts = [
    ...(errors > 0 ? [countOf(errors, "error")] : []),
    ...(warnings > 0 ? [countOf(warnings, "warning")] : []),
  ];
  return `${counts.join(" and ")} in ${clean(basename(diagnostics[0]?.file ?? ""))}`;
}
