import { suggestMap, type SeenColumn } from "./suggest-map.ts";
import { CutArrayError, parsePythonLiteral } from "./python-literal.ts";
import { misfitOf, targetsOf, type FieldMap, type Target } from "../items/field-map.ts";

/** Fields whose cells are text. The cells of all other fields are JSON. */
const TEXT_FIELDS: ReadonlySet<string> = new Set([
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

export type CellType = "text" | "number" | "boolean" | "json";

/** A column: its name, what it becomes, and the type of all its cells. */
export interface TableColumn {
  readonly name: string;
  readonly target: Target;
  readonly type: CellType;
}

/** A number that keeps its digits as a double: not `007`, `+1` or `1e3`. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]\d+)?$/i;
const BOOLEAN = /^\s*(?:true|false)\s*$/i;

function isNumber(text: string): boolean {
  const cell = text.trim();
  if (!NUMBER.test(cell)) return false;
  const value = Number(cell);
  return Number.isFinite(value) && (/[.e]/i.test(cell) || Number.isSafeInteger(value));
}

/** Reads a cell as its column's type. A cell that is not of that type stays text. */
export function readCell({ type, name }: TableColumn, cell: string): unknown {
  if (type === "number") return isNumber(cell) ? Number(cell) : cell;
  if (type === "boolean") return BOOLEAN.test(cell) ? cell.trim().toLowerCase() === "true" : cell;
  if (type === "text") return cell;
  try {
    return parseCell(cell);
  } catch (error) {
    const shown = cell.length > 60 ? `${cell.slice(0, 60)}...` : cell;
    const reason =
      error instanceof CutArrayError
        ? `is not complete: ${error.message}`
        : `is not valid JSON: ${shown}`;
    throw new Error(`column "${name}" ${reason}. To load it as a tag: --map ${name}=tags.${name}`, {
      cause: error,
    });
  }
}

/** Parses JSON, or a value as Python prints it. Throws `SyntaxError` for any other text. */
function parseCell(cell: string): unknown {
  try {
    return JSON.parse(cell);
  } catch {
    return parsePythonLiteral(cell);
  }
}

/** Whether the type of a column of tags holds for a cell. */
export function fitsType({ type, target }: TableColumn, cell: string): boolean {
  if (target.kind === "field" || type === "text") return true;
  return type === "number" ? isNumber(cell) : BOOLEAN.test(cell);
}

/**
 * Returns the names of the columns: without spaces around them, and each one once. `notices` states
 * what was renamed.
 */
export function nameColumns(header: readonly string[]): {
  readonly names: readonly string[];
  readonly notices: readonly string[];
} {
  const names: string[] = [];
  const notices: string[] = [];
  const given = new Set(header.map((cell) => cell.trim()));
  for (const [i, cell] of header.entries()) {
    const base = cell.trim() === "" ? `column_${i + 1}` : cell.trim();
    let name = base;
    for (let count = 2; names.includes(name) || (name !== base && given.has(name)); count += 1)
      name = `${base}_${count}`;
    names.push(name);
    if (cell.trim() === "") notices.push(`column ${i + 1} has no name: its tag is "${name}"`);
    else if (name !== base)
      notices.push(`column ${i + 1} has the name "${base}" again: its tag is "${name}"`);
  }
  return { names, notices };
}

/** The types of the cells of a column that have been read so far. */
interface Seen {
  cells: number;
  numbers: number;
  letters: number;
  /** The first cell that is neither a number nor a text of digits such as `007`. */
  word: string | undefined;
  isBoolean: boolean;
  /** Whether a cell fits the field that the column names. */
  fitsField: boolean;
  misfit: string | undefined;
}

/**
 * Decides the type of each column from its cells: numbers or truth values only if all cells are, so
 * that one column has one type. A column with the name of a field is a tag if no cell fits the
 * field.
 */
export class ColumnTypes {
  readonly #names: readonly string[];
  readonly #targets: readonly Target[];
  readonly #map: FieldMap;
  readonly #seen: readonly Seen[];

  constructor(names: readonly string[], map: FieldMap) {
    this.#names = names;
    this.#map = map;
    this.#targets = targetsOf(names, map).map((target, i) =>
      map.has(names[i]!) ? target : readTagName(target, names),
    );
    this.#seen = names.map(() => ({
      cells: 0,
      numbers: 0,
      letters: 0,
      word: undefined,
      isBoolean: true,
      fitsField: false,
      misfit: undefined,
    }));
  }

  add(cells: readonly string[]): void {
    for (const [i, seen] of this.#seen.entries()) {
      const cell = cells[i] ?? "";
      if (cell !== "") see(seen, this.#targets[i]!, cell);
    }
  }

  /** Returns the columns, and a notice for each one that does not become what its name says. */
  decide(): { readonly columns: readonly TableColumn[]; readonly notices: readonly string[] } {
    const columns = this.#names.map((name, i) =>
      decideColumn(name, this.#targets[i]!, this.#seen[i]!),
    );
    const notices = columns.flatMap(({ name, target }, i) => {
      const meant = this.#targets[i]!;
      if (meant.kind === "field" && target.kind === "tag")
        return [
          `${this.#seen[i]!.misfit!.replace("document field", "column")}: the column is loaded as a tag (--map ${name}=tags.${name})`,
        ];
      if (target.kind === "field" && name !== target.name && !this.#map.has(name))
        return [`column "${name}" is read as the field ${target.name}`];
      const { cells, numbers, word } = this.#seen[i]!;
      return target.kind === "tag" && word !== undefined && numbers * 2 > cells
        ? [`column "${name}" is text, because not all of its cells are numbers: "${word}"`]
        : [];
    });
    if (columns.every(({ target }) => target.kind === "tag"))
      notices.push(describeNoField(suggestMap(this.#describeSeen(columns))));
    return { columns, notices };
  }

  #describeSeen(columns: readonly TableColumn[]): readonly SeenColumn[] {
    return columns.map(({ name, type }, i) => {
      const { letters } = this.#seen[i]!;
      return { name, isText: type === "text", letters };
    });
  }
}

function describeNoField(map: string): string {
  return `the first line is the header, and none of its names is a document field, such as id or text: all columns are tags. Name the fields, for example: --map ${quoteWord(map)} (--delimiter chooses another delimiter)`;
}

/** Quotes a word for a shell. */
function quoteWord(word: string): string {
  return /^[\w.,=/-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** Returns the tag that docarray or pandas names a column after: `tag__price`, `tags.price`. */
function readTagName(target: Target, names: readonly string[]): Target {
  const name = target.kind === "tag" ? /^tags?(?:__|\.)(.+)$/.exec(target.name)?.[1] : undefined;
  return name === undefined || names.includes(name) ? target : { kind: "tag", name };
}

function see(seen: Seen, target: Target, cell: string): void {
  seen.cells += 1;
  seen.letters += cell.length;
  if (isNumber(cell)) seen.numbers += 1;
  else if (!/^\d+$/.test(cell)) seen.word ??= cell.slice(0, 60);
  seen.isBoolean &&= BOOLEAN.test(cell);
  if (seen.fitsField || target.kind === "tag" || TEXT_FIELDS.has(target.name)) return;
  const misfit = misfitOfCell(target.name, cell);
  if (misfit === undefined) seen.fitsField = true;
  else seen.misfit ??= misfit;
}

function decideColumn(name: string, target: Target, seen: Seen): TableColumn {
  if (target.kind === "field" && TEXT_FIELDS.has(target.name))
    return { name, target, type: "text" };
  if (target.kind === "field" && (seen.fitsField || seen.cells === 0))
    return { name, target, type: "json" };
  const tag: Target = target.kind === "tag" ? target : { kind: "tag", name };
  if (seen.cells === 0) return { name, target: tag, type: "text" };
  return {
    name,
    target: tag,
    type: seen.numbers === seen.cells ? "number" : seen.isBoolean ? "boolean" : "text",
  };
}

function misfitOfCell(field: string, cell: string): string | undefined {
  try {
    return misfitOf(field, parseCell(cell));
  } catch (error) {
    if (error instanceof CutArrayError)
      return `document field "${field}" is not complete: ${error.message}`;
    return (
      misfitOf(field, cell) ?? `document field "${field}" must hold JSON, not ${cell.slice(0, 60)}`
    );
  }
}
