import {
  isScalar,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
  type YAMLError,
} from "yaml";
import type { Finding, Report, Span } from "./diagnostics.ts";
import { findDamage } from "../../util/text/decode-text.ts";
import { isMergeKey } from "./yaml-nodes.ts";
import { MAX_FLOW_FILE_CHARS } from "../../util/limits/flow-file.ts";

/** The hint for a text that is not a flow file. */
export const BEGIN = 'a flow file is a mapping: start with "jtype: Flow" and "executors:"';

/**
 * Counts the lines of a text without parsing it, so that locations are known even if the parser
 * fails.
 */
export function countLines(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1))
    lines.addNewLine(at + 1);
  return lines;
}

/**
 * Returns the document of a flow file. Returns `undefined` and reports the reason if it cannot be
 * read.
 */
export function readDocument(text: string, report: Report): Document.Parsed | undefined {
  if (text.length > MAX_FLOW_FILE_CHARS) {
    report.add({
      code: "document",
      span: { start: 0, end: 0 },
      path: [],
      message: `the file has ${text.length.toLocaleString("en")} characters, more than the limit of ${MAX_FLOW_FILE_CHARS.toLocaleString("en")}`,
    });
    return undefined;
  }
  const damage = findDamage(text);
  if (damage !== undefined) {
    report.add({
      code: "document",
      span: { start: damage.at, end: damage.at + 1 },
      path: [],
      message: `the file is not UTF-8: the byte 0x${damage.byte.toString(16).toUpperCase()} is not a character`,
      hint: "save the file as UTF-8",
    });
    return undefined;
  }
  const documents = parse(text, report);
  if (documents === undefined) return undefined;
  if (documents.length === 0) {
    report.add({
      code: "document",
      span: { start: 0, end: 0 },
      path: [],
      message: "the file is empty",
      hint: BEGIN,
    });
    return undefined;
  }
  const [first, second] = documents.filter(
    (document, index) => index === 0 || document.contents !== null,
  );
  for (const error of dropFollowUps(documents.flatMap(({ errors }) => errors)))
    report.add(describeSyntaxError(error, text));
  if (second !== undefined) {
    report.add({
      code: "document",
      span: spanOf(second.contents),
      path: [],
      message: "a second document starts here, but a file holds one flow",
      hint: "move the second document to another file",
    });
  }
  // After a duplicate key the rest of the file is still reliable. After any other syntax error it
  // is not.
  const isReadable = documents.every((document) =>
    document.errors.every((error) => error.code === "DUPLICATE_KEY"),
  );
  return isReadable ? first : undefined;
}

function parse(text: string, report: Report): Document.Parsed[] | undefined {
  try {
    return [
      ...parseAllDocuments(text, {
        prettyErrors: false,
        version: "1.2",
        merge: false,
        logLevel: "silent",
        uniqueKeys: isSameKey,
      }),
    ];
  } catch (error) {
    // The parser recurses. Thousands of brackets exhaust its stack.
    if (!(error instanceof RangeError)) throw error;
    report.add({
      code: "document",
      span: { start: 0, end: 0 },
      path: [],
      message: "the file is nested too deeply",
    });
    return undefined;
  }
}

/** Several `<<` in one mapping are merged in their order, as in PyYAML. */
function isSameKey(a: Node, b: Node): boolean {
  return a === b || (isScalar(a) && isScalar(b) && a.value === b.value && !isMergeKey(a));
}

/** Returns the span of a node, or the start of the text if the node has none. */
export function spanOf(
  node: { range?: readonly [number, number, number] | null | undefined } | null | undefined,
): Span {
  return { start: node?.range?.[0] ?? 0, end: node?.range?.[1] ?? 0 };
}

const SYNTAX_HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "indent with spaces",
  DUPLICATE_KEY: "remove one of the two keys",
  BLOCK_AS_IMPLICIT_KEY:
    "quote a value that contains a colon and a space, and start nested keys on a new line",
  MULTILINE_IMPLICIT_KEY: "start all keys of a mapping in the same column",
  BAD_INDENT:
    "check the line before: start all keys of a mapping in the same column, and close every bracket",
  MISSING_CHAR:
    'check the lines before: start all entries of a list with "- " in the same column, and close every quote and bracket',
};

const CONFLICT_MARKER = /^(<{7}|={7}|>{7})( |$)/m;

/**
 * Keeps the errors up to the first unexpected token. The parser also reports every token after it.
 */
function dropFollowUps(errors: readonly YAMLError[]): readonly YAMLError[] {
  const sorted = errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  const lost = sorted.findIndex(({ code }) => code === "UNEXPECTED_TOKEN");
  return lost === -1 ? sorted : sorted.slice(0, lost + 1);
}

function describeSyntaxError(error: YAMLError, text: string): Finding {
  const conflict = CONFLICT_MARKER.exec(text);
  if (conflict && error.code !== "DUPLICATE_KEY") {
    const start = conflict.index;
    return {
      code: "yaml",
      span: { start, end: start + 7 },
      path: [],
      message: "a merge conflict is not resolved",
      hint: "keep one of the two sides and remove the markers",
    };
  }
  const [start, end] = error.pos;
  const isVariable = text[start - 1] === "$" && text[start] === "{";
  const hint = isVariable
    ? 'quote a variable within { } and [ ]: "${NAME}"'
    : SYNTAX_HINTS[error.code];
  return {
    code: "yaml",
    span: { start, end },
    path: [],
    message: describeSyntax(error, text.slice(start, end)),
    hint,
  };
}

function describeSyntax(error: YAMLError, token: string): string {
  if (error.code === "UNEXPECTED_TOKEN")
    return token.trim() === ""
      ? "the file ends unexpectedly"
      : `unexpected ${JSON.stringify(token)}`;
  const message = error.message.split("\n")[0] ?? "";
  return message.charAt(0).toLowerCase() + message.slice(1);
}
