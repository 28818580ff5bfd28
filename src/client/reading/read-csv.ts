import { isUtf8 } from "node:buffer";
import { parse, type CsvError, type Options } from "csv-parse";
import { documentFromJson } from "../../document/json/json-document.ts";
import { toInput, type InputItem } from "./input.ts";
import { passThrough } from "./pass-through.ts";
import { peek } from "./peek.ts";

/** Columns that hold JSON: numbers, lists, objects. All others are text, but for the tags. */
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
 * A number exactly as JavaScript prints it: `3.5`, not `007` or `1e3`, which stay the text they
 * are.
 */
function asTag(cell: string): string | number {
  return String(Number(cell)) === cell && Number.isFinite(Number(cell)) ? Number(cell) : cell;
}

type BadItem = Extract<InputItem, { kind: "bad" }>;

/** What one record came to. */
interface CsvRecord {
  readonly info: { readonly lines: number };
  readonly record: Readonly<Record<string, string>>;
}

/**
 * Reads CSV with a header line: columns named like fields of a document are those fields, all
 * others are tags, in which a number stays one; an empty cell is absent. Cells are parted by the
 * first of `delimiters` that is in the header line. A record that is malformed is bad by itself.
 */
export async function* readCsv(
  bytes: AsyncIterable<Uint8Array>,
  source: string,
  delimiters: readonly string[],
): AsyncGenerator<InputItem> {
  const { start, chunks } = await peek(
    bytes,
    (seen) => seen.includes("\n") || seen.length > LONGEST_HEADER_BYTES,
  );
  const header = start.toString("latin1").split("\n", 1)[0]!;
  const delimiter = delimiters.find((each) => header.includes(each)) ?? delimiters[0]!;
  const skipped = new SkippedRecords(source);
  let line = 0;
  const options: Options = {
    columns: true,
    // Byte by byte, so that a cell that is no UTF-8 can be told from one that is.
    encoding: "latin1",
    info: true,
    delimiter,
    skip_empty_lines: true,
    // A quote in the middle of a cell (`12" monitor`) is a quote.
    relax_quotes: true,
    skip_records_with_error: true,
    max_record_size: MAX_RECORD_BYTES,
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

const LONGEST_HEADER_BYTES = 64 * 1024;

const MAX_RECORD_BYTES = 64 * 1024 * 1024;

function readRecord({ info, record }: CsvRecord, source: string): InputItem {
  const place = { source, line: info.lines };
  try {
    const cells = Object.entries(record).filter(([, cell]) => cell !== "");
    const texts = cells.map(([column, cell]) => [readBytes(column), readBytes(cell)] as const);
    const json = Object.fromEntries(
      texts.map(([column, cell]) => [column, readCell(column, cell)]),
    );
    return {
      kind: "document",
      document: toInput(documentFromJson(json, { unknownKeys: "tags" }), place),
    };
  } catch (error) {
    return {
      kind: "bad",
      place,
      reason: error instanceof Error ? error.message : String(error),
      text: JSON.stringify(record),
    };
  }
}

/** The text that the parser read byte by byte. Throws where it is no UTF-8. */
function readBytes(latin1: string): string {
  if (!/[\u0080-\u00FF]/.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, "latin1");
  if (!isUtf8(bytes)) throw new Error("no UTF-8");
  return bytes.toString("utf8");
}

function readCell(column: string, cell: string): unknown {
  if (TEXT_COLUMNS.has(column)) return cell;
  if (!JSON_COLUMNS.has(column)) return asTag(cell);
  try {
    return JSON.parse(cell);
  } catch (error) {
    throw new Error(`column "${column}" must hold JSON, not ${cell.slice(0, 60)}`, {
      cause: error,
    });
  }
}

/**
 * What keeps the parser from finding the end of a record, so that what follows cannot be read
 * either.
 */
const ENDLESS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "a quote opens here and is never closed",
  CSV_MAX_RECORD_SIZE: `a record longer than ${MAX_RECORD_BYTES} bytes begins here, as after a quote that is never closed: the rest of the file is not read`,
};

/**
 * The records that the parser could not read. It is ahead of what it has given out: they wait for
 * their place.
 */
class SkippedRecords {
  readonly #source: string;
  #bad: BadItem[] = [];
  #endless: string | undefined;
  /**
   * Where a record became too long: the parser gives up the part of the file that it holds then,
   * and goes on in the middle of something.
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
    else if (error?.code === "CSV_MAX_RECORD_SIZE") this.untilLine = item.place.line;
  }

  /** Those up to a line. */
  *before(line: number): Generator<BadItem> {
    while (this.#bad[0] && this.#bad[0].place.line <= line) yield this.#bad.shift()!;
  }

  /** All others, after the last record that was read. */
  *rest(lastLine: number): Generator<BadItem> {
    const line = Math.max(lastLine, this.#bad.at(-1)?.place.line ?? 1) + 1;
    yield* this.#bad;
    if (this.#endless === undefined) return;
    yield { kind: "bad", place: { source: this.#source, line }, reason: this.#endless, text: "" };
  }

  #describe(error: CsvError | undefined, raw: string | undefined): BadItem {
    const line: unknown = error?.["lines"];
    return {
      kind: "bad",
      place: { source: this.#source, line: typeof line === "number" ? line : 0 },
      reason: error?.message ?? "malformed CSV",
      text: raw ?? "",
    };
  }
}
