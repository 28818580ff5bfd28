import { isUtf8 } from "node:buffer";
import { parse, type CsvError, type Options } from "csv-parse";
import { documentFromJson } from "../../document/json/json-document.ts";
import { toInput, type InputItem } from "./input.ts";
import { passThrough } from "./pass-through.ts";
import { peek } from "./peek.ts";
import { MAX_CSV_HEADER_BYTES, MAX_CSV_RECORD_BYTES } from "../../util/limits/clients.ts";

/** Columns whose cells are JSON. */
const JSON_COLUMNS: ReadonlySet<string> = new Set([
  "granularity",
  "adjacency",
  "tensor",
  "weight",
  "tags",
  "offset",
  "location",
  "embedding",
  "evaluations",
  "scores",
  "chunks",
  "matches",
]);

/** Columns whose cells are text. All columns that are not listed here are tags. */
const TEXT_COLUMNS: ReadonlySet<string> = new Set([
  "id",
  "parent_id",
  "parentId",
  "blob",
  "mime_type",
  "mimeType",
  "text",
  "uri",
  "modality",
]);

/**
 * Returns a number for a cell that JavaScript would print the same way: `3.5`, not `007` or `1e3`.
 */
function asTag(cell: string): string | number {
  return String(Number(cell)) === cell && Number.isFinite(Number(cell)) ? Number(cell) : cell;
}

type BadItem = Extract<InputItem, { kind: "bad" }>;

/** A record of the parser. */
interface CsvRecord {
  readonly info: { readonly lines: number };
  readonly record: Readonly<Record<string, string>>;
}

/**
 * Reads CSV with a header line. Columns with the name of a document field set that field, all
 * others set tags. Empty cells are left out. The delimiter is the first of `delimiters` that occurs
 * in the header line. A malformed record is a bad item; the records after it are read.
 */
export async function* readCsv(
  bytes: AsyncIterable<Uint8Array>,
  source: string,
  delimiters: readonly string[],
): AsyncGenerator<InputItem> {
  const { start, chunks } = await peek(
    bytes,
    (seen) => seen.includes("\n") || seen.length > MAX_CSV_HEADER_BYTES,
  );
  const header = start.toString("latin1").split("\n", 1)[0]!;
  const delimiter = delimiters.find((each) => header.includes(each)) ?? delimiters[0]!;
  const skipped = new SkippedRecords(source);
  let line = 0;
  const options: Options = {
    columns: true,
    // One character per byte, so that cells that are not UTF-8 can be found.
    encoding: "latin1",
    info: true,
    delimiter,
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
  for await (const record of passThrough<CsvRecord>(chunks, parse(options))) {
    if (record.info.lines >= skipped.untilLine) break;
    line = record.info.lines;
    yield* skipped.before(line);
    yield readRecord(record, source);
  }
  yield* skipped.rest(line);
}

function readRecord({ info, record }: CsvRecord, source: string): InputItem {
  const location = { source, line: info.lines };
  try {
    const cells = Object.entries(record).filter(([, cell]) => cell !== "");
    const texts = cells.map(([column, cell]) => [readBytes(column), readBytes(cell)] as const);
    const json = Object.fromEntries(
      texts.map(([column, cell]) => [column, readCell(column, cell)]),
    );
    return {
      kind: "document",
      document: toInput(documentFromJson(json, { unknownKeys: "tags" }), location),
    };
  } catch (error) {
    return {
      kind: "bad",
      location,
      reason: error instanceof Error ? error.message : String(error),
      text: JSON.stringify(record),
    };
  }
}

/** Decodes text that the parser read as latin1. Throws if it is not UTF-8. */
function readBytes(latin1: string): string {
  if (!/[\u0080-\u00FF]/.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, "latin1");
  if (!isUtf8(bytes)) throw new Error("not valid UTF-8");
  return bytes.toString("utf8");
}

function readCell(column: string, cell: string): unknown {
  if (TEXT_COLUMNS.has(column)) return cell;
  if (!JSON_COLUMNS.has(column)) return asTag(cell);
  try {
    return JSON.parse(cell);
  } catch (error) {
    throw new Error(`column "${column}" is not valid JSON: ${cell.slice(0, 60)}`, {
      cause: error,
    });
  }
}

/** Errors after which the parser cannot find the next record. */
const ENDLESS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "a quote starts here and is never closed",
  CSV_MAX_RECORD_SIZE: `a record of more than ${MAX_CSV_RECORD_BYTES} bytes starts here, perhaps with a quote that is never closed: the rest of the file is not read`,
};

/**
 * The records that the parser skipped. The parser reads ahead, so they wait until the records
 * before them have been yielded.
 */
class SkippedRecords {
  readonly #source: string;
  #bad: BadItem[] = [];
  #endless: string | undefined;
  /**
   * The line of a record that became too long. The parser drops its buffer there and continues in
   * the middle of a record.
   */
  untilLine = Infinity;

  constructor(source: string) {
    this.#source = source;
  }

  add(error: CsvError | undefined, raw: string | undefined): void {
    if (this.#endless !== undefined) return;
    const item = this.#describe(error, raw);
    this.#endless = ENDLESS[error?.code ?? ""];
    if (this.#endless === undefined) this.#bad.push(item);
    else if (error?.code === "CSV_MAX_RECORD_SIZE") this.untilLine = item.location.line;
  }

  /** Yields the skipped records up to a line. */
  *before(line: number): Generator<BadItem> {
    while (this.#bad[0] && this.#bad[0].location.line <= line) yield this.#bad.shift()!;
  }

  /** Yields the rest, after the last record that was read. */
  *rest(lastLine: number): Generator<BadItem> {
    const line = Math.max(lastLine, this.#bad.at(-1)?.location.line ?? 1) + 1;
    yield* this.#bad;
    if (this.#endless === undefined) return;
    yield {
      kind: "bad",
      location: { source: this.#source, line },
      reason: this.#endless,
      text: "",
    };
  }

  #describe(error: CsvError | undefined, raw: string | undefined): BadItem {
    const line: unknown = error?.["lines"];
    return {
      kind: "bad",
      location: { source: this.#source, line: typeof line === "number" ? line : 0 },
      reason: error?.message ?? "malformed CSV",
      text: raw ?? "",
    };
  }
}
