import { isDocumentField } from "../../../document/json/json-document.ts";

const DELIMITERS = [",", ";", "\t", "|"] as const;

export function showDelimiter(delimiter: string): string {
  return delimiter === "\t" ? "tab" : `"${delimiter}"`;
}

/** The line with which Excel names the delimiter, and its length with the line end. */
export function readSeparatorLine(
  start: string,
): { readonly delimiter: string; readonly length: number } | undefined {
  const match = /^"?sep=([^"\r\n])"?\r?(?:\n|$)/i.exec(start);
  return match ? { delimiter: match[1]!, length: match[0].length } : undefined;
}

/**
 * Returns the rows of the beginning of a table as cells. A delimiter or a line end in quotes does
 * not count. The last row is left out if `isWhole` is false: it may go on.
 */
export function splitCells(start: string, delimiter: string, isWhole: boolean): string[][] {
  const end = `\\${delimiter}`;
  const cell = new RegExp(
    String.raw`(\s*"[^"]*(?:""[^"]*)*"[^${end}\n]*|[^${end}\n]*)(${end}|\n|$)`,
    "g",
  );
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, text, border] of start.replaceAll(/\r\n?/g, "\n").matchAll(cell)) {
    row.push(text!);
    if (border === delimiter || (border === "" && !isWhole)) continue;
    rows.push(row);
    row = [];
  }
  return rows.filter((cells) => cells.length > 1 || cells[0]!.trim() !== "");
}

/** How well a delimiter fits: the first number that differs decides, and more is better. */
interface Fit {
  readonly delimiter: string;
  readonly columns: number;
  readonly rows: number;
  readonly scores: readonly number[];
  readonly hasField: boolean;
}

function fitOf(start: string, delimiter: string, isWhole: boolean): Fit {
  const rows = splitCells(start, delimiter, isWhole);
  const [header = []] = rows.length === 0 ? splitCells(start, delimiter, true) : rows;
  const columns = header.length;
  const equal = rows.filter((cells) => cells.length === columns).length;
  const names = header.filter((name) => isDocumentField(name.trim().toLowerCase())).length;
  const spaced = header.filter((name) => name.startsWith(" ")).length;
  return {
    delimiter,
    columns,
    rows: rows.length,
    hasField: names > 0,
    scores: [
      Number(columns > 1),
      rows.length === 0 ? 1 : equal / rows.length,
      names,
      -spaced,
      columns,
    ],
  };
}

function bestFit(start: string, isWhole: boolean): Fit {
  const fits = DELIMITERS.map((delimiter) => fitOf(start, delimiter, isWhole));
  return fits.reduce((best, fit) => (isBetter(fit.scores, best.scores) ? fit : best));
}

function isBetter(left: readonly number[], right: readonly number[]): boolean {
  const i = left.findIndex((score, at) => score !== right[at]);
  return i >= 0 && left[i]! > right[i]!;
}

/**
 * Returns whether a space follows each delimiter of the header and of the first row (`id, text`).
 * Such a space is not part of a cell.
 */
export function isSpaced(start: string, delimiter: string, isWhole: boolean): boolean {
  const cells = splitCells(start, delimiter, isWhole)
    .slice(0, 2)
    .flatMap((row) => row.slice(1).filter((cell) => cell !== ""));
  return cells.length > 0 && cells.every((cell) => cell.startsWith(" "));
}

/**
 * Returns whether quotes around cells count. They do not in a table with tabs whose lines all have
 * as many cells as the header, although a cell starts with a quote and does not end with one.
 */
export function hasQuotes(start: string, delimiter: string, isWhole: boolean): boolean {
  if (delimiter !== "\t") return true;
  const lines = start.split(/[\r\n]+/).slice(0, isWhole ? undefined : -1);
  const rows = lines.filter((line) => line !== "").map((line) => line.split(delimiter));
  const isEven = rows.every((cells) => cells.length === rows[0]!.length);
  return !isEven || !rows.flat().some((cell) => /^"(?:[^"]|"")*$/.test(cell));
}

/**
 * Returns the delimiter that gives all rows the same number of cells. Where several do, the one
 * whose header names fields of documents, has the fewest spaces after it, and the most columns.
 */
export function findDelimiter(start: string, isWhole: boolean): string {
  return bestFit(start, isWhole).delimiter;
}

/**
 * Whether a text is a table: a header with at least one field of a document, and rows with as many
 * cells.
 */
export function looksLikeTable(start: string, isWhole: boolean): boolean {
  const { columns, rows, hasField, scores } = bestFit(start, isWhole);
  return columns > 1 && rows > 1 && hasField && scores[1] === 1;
}
