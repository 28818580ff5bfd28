import { documentFromJson } from "../../../document/json/json-document.ts";
import { JflowError } from "../../../util/errors.ts";
import { countOf } from "../../../util/text/count-of.ts";
import {
  describeMisfits,
  describeMissingId,
  jsonOf,
  UnusedKeys,
  type FieldMap,
} from "../items/field-map.ts";
import type { InputText, RecordOptions } from "../items/input-text.ts";
import { toInput, type InputItem } from "../items/input.ts";
import { ColumnTypes, fitsType, nameColumns, readCell, type TableColumn } from "./columns.ts";
import {
  findDelimiter,
  hasQuotes,
  isSpaced,
  readSeparatorLine,
  showDelimiter,
} from "./delimiter.ts";
import { NOT_UTF8 } from "../bytes/to-utf8.ts";
import { decodeCell, isText, readRows, type Row, type TableLayout } from "./read-rows.ts";

/**
 * Reads CSV with a header line. A column becomes the field that it names, or a tag; all its cells
 * have one type. Empty cells are left out. A malformed row is a bad item; the rows after it are
 * read. A file is read twice: the first time for the types of its columns. A pipe shows only its
 * beginning before its rows are sent.
 */
export async function* readCsv(
  text: InputText,
  options: RecordOptions,
  usual?: string,
): AsyncGenerator<InputItem> {
  const layout = findLayout(text, options.delimiter, usual);
  const sample = text.again?.() ?? [beginningOf(text)];
  const { columns, notices, problem } = await findColumns(sample, layout, options);
  for (const notice of notices) yield { kind: "notice", source: text.source, text: notice };
  if (problem !== undefined) {
    const location = { source: text.source, line: layout.headerLine };
    yield { kind: "bad", location, reason: problem, text: "" };
    return;
  }
  for await (const row of readRows(text.chunks, layout)) {
    if (row.kind === "bad") yield row;
    else if (row.kind === "again") yield { kind: "notice", source: text.source, text: AGAIN };
    else if (row.kind === "row") yield* readRecord(row, { columns, layout, map: options.map });
  }
}

const AGAIN = "lines that repeat the header are left out";

function findLayout(
  { source, start, isWhole }: InputText,
  given?: string,
  usual?: string,
): TableLayout {
  const beginning = start.toString("utf8");
  const line = readSeparatorLine(beginning);
  const table = beginning.slice(line?.length ?? 0);
  const header = table.split(/[\r\n]/, 1)[0]!;
  const delimiter =
    given ??
    line?.delimiter ??
    (usual !== undefined && header.includes(usual) ? usual : findDelimiter(table, isWhole));
  const headerLine = line === undefined ? 1 : 2;
  return {
    source,
    delimiter,
    headerLine,
    isSpaced: isSpaced(table, delimiter, isWhole),
    quote: hasQuotes(table, delimiter, isWhole) ? '"' : null,
  };
}

/** Returns the whole lines at the beginning. */
function beginningOf({ start, isWhole }: InputText): Uint8Array {
  return isWhole ? start : start.subarray(0, start.lastIndexOf("\n") + 1);
}

interface FoundColumns {
  readonly columns: readonly TableColumn[];
  readonly notices: readonly string[];
  /** Why no row can be read. */
  readonly problem?: string | undefined;
}

async function findColumns(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  layout: TableLayout,
  { map }: RecordOptions,
): Promise<FoundColumns> {
  let header: Header | undefined;
  try {
    for await (const row of readRows(toAsync(chunks), layout)) {
      if (row.kind === "header") header = readHeader(row, map);
      else if (row.kind === "row") header?.types.add(row.cells.map(decodeIfText));
    }
  } catch (error) {
    // The second reading reports damage, after the rows before it.
    if (!(error instanceof Error && "code" in error)) throw error;
  }
  return header === undefined ? { columns: [], notices: [] } : decideColumns(header, map);
}

function decideColumns(header: Header, map: FieldMap): FoundColumns {
  const { columns, notices } = header.types.decide();
  const problem = header.problem ?? findMissingId(columns, map);
  if (problem !== undefined) return { columns: [], notices: [], problem };
  const unused = new UnusedKeys(map);
  unused.remove(columns.map(({ name }) => name));
  return { columns, notices: [...header.notices, ...notices, ...unused.describe()] };
}

interface Header {
  readonly types: ColumnTypes;
  readonly notices: readonly string[];
  readonly problem: string | undefined;
}

function readHeader({ cells }: Row, map: FieldMap): Header {
  const { names, notices } = nameColumns(cells.map(decodeIfText));
  const problem = cells.every(isText) ? undefined : `the header is ${NOT_UTF8}`;
  return { types: new ColumnTypes(names, map), notices, problem };
}

function findMissingId(columns: readonly TableColumn[], map: FieldMap): string | undefined {
  const names = columns.map(({ name }) => name);
  const missing = [...map].find(([key, { name }]) => name === "id" && !names.includes(key));
  return missing === undefined || columns.length === 0
    ? undefined
    : `the table has no column "${missing[0]}" for the id: its columns are ${names.join(", ")}`;
}

async function* toAsync(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** A row that is not UTF-8 is reported when it is read as a document. */
function decodeIfText(latin1: string): string {
  return isText(latin1) ? decodeCell(latin1) : "";
}

interface RowContext {
  readonly columns: readonly TableColumn[];
  readonly layout: TableLayout;
  readonly map: FieldMap;
}

function* readRecord({ line, cells }: Row, context: RowContext): Generator<InputItem> {
  const { columns, map } = context;
  const { source, delimiter } = context.layout;
  const location = { source, line };
  if (cells.length < columns.length || cells.slice(columns.length).some((cell) => cell !== "")) {
    const reason = `the header has ${countOf(columns.length, "cell")}, this row has ${cells.length} (delimiter ${showDelimiter(delimiter)})`;
    const shown = cells.map((cell) => (isText(cell) ? decodeCell(cell) : cell));
    yield { kind: "bad", location, reason, text: JSON.stringify(shown) };
    return;
  }
  const texts = columns.map((column, i) => [column, cells[i]!] as const);
  const filled = texts.filter(([, cell]) => cell !== "");
  let json: ReturnType<typeof jsonOf> = {};
  try {
    const decoded = filled.map(([column, cell]) => [column, decodeCell(cell)] as const);
    const odd = decoded.find(([column, cell]) => !fitsType(column, cell));
    if (odd !== undefined) yield { kind: "notice", source, text: describeOdd(odd[0]) };
    json = jsonOf(decoded.map(([column, cell]) => [column.target, readCell(column, cell)]));
    const missing = describeMissingId(json, map);
    if (missing !== undefined) throw new JflowError("INVALID_ARGUMENT", missing);
    const document = documentFromJson(json, { unknownKeys: "tags" });
    yield { kind: "document", document: toInput(document, location) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const reason = describeMisfits(json, "column") ?? message;
    const record = jsonOf(
      filled.map(([column, cell]) => [column.target, readIfFits(column, cell)]),
    );
    yield { kind: "bad", location, reason, text: JSON.stringify(record) };
  }
}

/** Returns the value of a cell, or its text where the cell cannot be read: a user corrects it. */
function readIfFits(column: TableColumn, latin1: string): unknown {
  const cell = isText(latin1) ? decodeCell(latin1) : latin1;
  try {
    return readCell(column, cell);
  } catch {
    return cell;
  }
}

function describeOdd({ name, type }: TableColumn): string {
  return `column "${name}" holds ${type === "number" ? "numbers" : "truth values"} at first, and other cells later: those stay text`;
}
