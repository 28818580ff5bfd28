import { documentFromJson } from "../../../document/json/json-document.ts";
import { countOf } from "../../../util/text/count-of.ts";
import { describeMisfits, jsonOf } from "../items/field-map.ts";
import type { InputText, RecordOptions } from "../items/input-text.ts";
import { toInput, type InputItem } from "../items/input.ts";
import { ColumnTypes, fitsType, nameColumns, readCell, type TableColumn } from "./columns.ts";
import { findDelimiter, readSeparatorLine, showDelimiter } from "./delimiter.ts";
import { decodeCell, readRows, type Row, type TableLayout } from "./read-rows.ts";

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
  const { columns, notices } = await findColumns(sample, layout, options);
  for (const notice of notices) yield { kind: "notice", source: text.source, text: notice };
  const missing = [...options.map].find(
    ([key, target]) => target.name === "id" && !columns.some(({ name }) => name === key),
  );
  if (missing !== undefined && columns.length > 0) {
    const reason = `the table has no column "${missing[0]}" for the id: its columns are ${columns.map(({ name }) => name).join(", ")}`;
    const location = { source: text.source, line: layout.headerLine };
    yield { kind: "bad", location, reason, text: "" };
    return;
  }
  let isHeader = true;
  for await (const row of readRows(text.chunks, layout)) {
    if (row.kind === "bad") yield row;
    else if (!isHeader) yield* readRecord(row, columns, layout);
    isHeader &&= row.kind === "bad";
  }
}

function findLayout(
  { source, start, isWhole }: InputText,
  given?: string,
  usual?: string,
): TableLayout {
  const beginning = start.toString("utf8");
  const line = readSeparatorLine(beginning);
  const table = beginning.slice(line?.length ?? 0);
  const header = table.split("\n", 1)[0]!;
  const delimiter =
    given ??
    line?.delimiter ??
    (usual !== undefined && header.includes(usual) ? usual : findDelimiter(table, isWhole));
  return { source, delimiter, headerLine: line === undefined ? 1 : 2 };
}

/** Returns the whole lines at the beginning. */
function beginningOf({ start, isWhole }: InputText): Uint8Array {
  return isWhole ? start : start.subarray(0, start.lastIndexOf("\n") + 1);
}

async function findColumns(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  layout: TableLayout,
  { map }: RecordOptions,
): Promise<{ readonly columns: readonly TableColumn[]; readonly notices: readonly string[] }> {
  let types: ColumnTypes | undefined;
  let renamed: readonly string[] = [];
  try {
    for await (const row of readRows(toAsync(chunks), layout)) {
      if (row.kind === "bad") continue;
      if (types === undefined) {
        const { names, notices } = nameColumns(row.cells.map(decodeIfText));
        renamed = notices;
        types = new ColumnTypes(names, map);
      } else types.add(row.cells.map(decodeIfText));
    }
  } catch (error) {
    // The second reading reports damage, after the rows before it.
    if (!(error instanceof Error && "code" in error)) throw error;
  }
  const { columns, notices } = types?.decide() ?? { columns: [], notices: [] };
  return { columns, notices: [...renamed, ...notices] };
}

async function* toAsync(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** A row that is not UTF-8 is reported when it is read as a document. */
function decodeIfText(latin1: string): string {
  try {
    return decodeCell(latin1);
  } catch {
    return "";
  }
}

function* readRecord(
  { line, cells }: Row,
  columns: readonly TableColumn[],
  { source, delimiter }: TableLayout,
): Generator<InputItem> {
  const location = { source, line };
  if (cells.length < columns.length || cells.slice(columns.length).some((cell) => cell !== "")) {
    const reason = `the header has ${countOf(columns.length, "cell")}, this row has ${cells.length} (delimiter ${showDelimiter(delimiter)})`;
    yield { kind: "bad", location, reason, text: JSON.stringify(cells) };
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
    const document = documentFromJson(json, { unknownKeys: "tags" });
    yield { kind: "document", document: toInput(document, location) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const reason = describeMisfits(json, "column") ?? message;
    const record = Object.fromEntries(filled.map(([{ name }, cell]) => [name, cell]));
    yield { kind: "bad", location, reason, text: JSON.stringify(record) };
  }
}

function describeOdd({ name, type }: TableColumn): string {
  return `column "${name}" holds ${type === "number" ? "numbers" : "truth values"} at first, and other cells later: those stay text`;
}
