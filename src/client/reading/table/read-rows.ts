import { isUtf8 } from "node:buffer";
import { parse, type CsvError, type Options } from "csv-parse";
import { passThrough } from "../bytes/pass-through.ts";
import { MAX_CSV_RECORD_BYTES } from "../../../util/limits/clients.ts";
import { SkippedRecords, type BadItem } from "./skipped-records.ts";

/** A row of a table. Its cells are latin1: one character per byte. */
export interface Row {
  readonly kind: "row";
  /** The last line of the row, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface TableLayout {
  readonly source: string;
  readonly delimiter: string;
  /** The line of the header, from 1. */
  readonly headerLine: number;
}

/** A record of the parser. */
interface CsvRecord {
  readonly info: { readonly lines: number };
  readonly record: readonly string[];
}

/** Yields the rows of a table, the header included. A malformed row is a bad item. */
export async function* readRows(
  chunks: AsyncIterable<Uint8Array>,
  { source, delimiter, headerLine }: TableLayout,
): AsyncGenerator<Row | BadItem> {
  const skipped = new SkippedRecords(source);
  let line = 0;
  const options: Options = {
    // One character per byte, so that cells that are not UTF-8 can be found.
    encoding: "latin1",
    info: true,
    delimiter: Buffer.from(delimiter).toString("latin1"),
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
    line = info.lines;
    yield* skipped.before(line);
    yield { kind: "row", line, cells: record };
  }
  yield* skipped.rest(line);
}

/** Decodes text that the parser read as latin1. Throws if it is not UTF-8. */
export function decodeCell(latin1: string): string {
  if (!/[\u0080-\u00FF]/.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, "latin1");
  if (!isUtf8(bytes)) throw new Error("not valid UTF-8");
  return bytes.toString("utf8");
}
