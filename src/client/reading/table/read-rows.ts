import { isUtf8 } from "node:buffer";
import { parse, type CsvError, type Options } from "csv-parse";
import { NOT_UTF8 } from "../bytes/to-utf8.ts";
import { passThrough } from "../bytes/pass-through.ts";
import { MAX_CSV_RECORD_BYTES } from "../../../util/limits/clients.ts";
import { SkippedRecords, type BadItem } from "./skipped-records.ts";

/** A row of a table. Its cells are latin1: one character per byte. */
export interface Row {
  /** `again` is a row that repeats the header: tables were appended to each other. */
  readonly kind: "header" | "row" | "again";
  /** The last line of the row, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface TableLayout {
  readonly source: string;
  readonly delimiter: string;
  /** The line of the header, from 1. */
  readonly headerLine: number;
  /** Whether a space follows each delimiter (`id, text`), and is not part of a cell. */
  readonly isSpaced: boolean;
  /** The quote around cells; null if quotes are text. */
  readonly quote: '"' | null;
}

/** A record of the parser. */
interface CsvRecord {
  readonly info: { readonly lines: number };
  readonly record: readonly string[];
}

/**
 * Yields the rows of a table, the header included. A malformed row is a bad item. Rows whose cells
 * are all blank, which spreadsheets write at the end of a table, are left out.
 */
export async function* readRows(
  chunks: AsyncIterable<Uint8Array>,
  { source, delimiter, headerLine, isSpaced, quote }: TableLayout,
): AsyncGenerator<Row | BadItem> {
  const skipped = new SkippedRecords(source);
  let line = 0;
  let returns = 0;
  let header: readonly string[] | undefined;
  const options: Options = {
    // One character per byte, so that cells that are not UTF-8 can be found.
    encoding: "latin1",
    info: true,
    delimiter: Buffer.from(delimiter).toString("latin1"),
    // One file may have several kinds of line ends.
    record_delimiter: ["\r\n", "\n", "\r"],
    ltrim: isSpaced,
    quote,
    from_line: headerLine,
    relax_column_count: true,
    skip_empty_lines: true,
    // A quote in the middle of a cell (`12" monitor`) is a quote.
    relax_quotes: true,
    skip_records_with_error: true,
    max_record_size: MAX_CSV_RECORD_BYTES,
    on_skip: (error: CsvError | undefined, raw: string | undefined) => {
      skipped.add(error, raw);
      return undefined;
    },
  };
  for await (const { info, record } of passThrough<CsvRecord>(chunks, parse(options))) {
    if (info.lines >= skipped.untilLine) break;
    // The parser counts "\r\n" in quotes as two lines.
    for (const cell of record) if (cell.includes("\r\n")) returns += cell.split("\r\n").length - 1;
    line = info.lines - returns;
    yield* skipped.before(line);
    if (record.every((cell) => cell.trim() === "")) continue;
    const repeats = header !== undefined && isSameHeader(record, header);
    yield {
      kind: header === undefined ? "header" : repeats ? "again" : "row",
      line,
      cells: record,
    };
    header ??= record;
  }
  yield* skipped.rest(line);
}

/** The byte order mark of UTF-8, read as latin1. */
const MARK = "\u00EF\u00BB\u00BF";

function isSameHeader(cells: readonly string[], header: readonly string[]): boolean {
  return (
    cells.length > 1 &&
    cells.length === header.length &&
    cells.every((cell, i) => (i === 0 ? cell.replace(MARK, "") : cell) === header[i])
  );
}

/** Whether text that the parser read as latin1 is UTF-8. */
export function isText(latin1: string): boolean {
  return !/[\u0080-\u00FF]/.test(latin1) || isUtf8(Buffer.from(latin1, "latin1"));
}

/** Decodes text that the parser read as latin1. Throws if it is not UTF-8. */
export function decodeCell(latin1: string): string {
  if (!/[\u0080-\u00FF]/.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, "latin1");
  if (!isUtf8(bytes)) throw new Error(NOT_UTF8);
  return bytes.toString("utf8");
}
