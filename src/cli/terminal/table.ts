import { cutText, displayWidth } from "./display-text.ts";

/** One column of a printed table. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: "right";
  /** If the terminal is too narrow, the column with the highest rank is left out first. */
  readonly drop?: number;
  /** If the terminal is too narrow, this title and value are used before a column is left out. */
  readonly short?: { readonly title?: string; readonly value?: (row: Row) => string };
  /** If the terminal is too narrow, the values are cut to a width of at least this. */
  readonly cutTo?: number;
  /** Colors a padded cell. */
  readonly paint?: (cell: string, row: Row) => string;
}

const GAP = 2;

/** Formats a value, or `-` for one that is not known. */
export function orDash<Value>(
  value: Value | null,
  format: (value: Value) => string = String,
): string {
  return value === null ? "-" : format(value);
}

/** A column with the width of its widest cell, and the width that it needs at least. */
interface SizedColumn<Row> {
  readonly column: Column<Row>;
  readonly width: number;
  readonly minWidth: number;
}

/**
 * Formats rows as aligned text with a header line. If the width of a terminal is given, values of
 * `cutTo` columns are cut, and columns are left out by their `drop` rank, until the table fits.
 */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width?: number,
): string {
  const kept =
    width === undefined ? columns.map((column) => sizeOf(column, rows)) : fit(columns, rows, width);
  const line = (cells: readonly string[]): string => cells.join(" ".repeat(GAP)).trimEnd();
  const header = line(kept.map(({ column, width: wide }) => pad(column.title, wide, column.align)));
  const body = rows.map((row) =>
    line(
      kept.map(({ column, width: wide }) => {
        const cell = pad(cutText(column.value(row), wide), wide, column.align);
        return column.paint ? column.paint(cell, row) : cell;
      }),
    ),
  );
  return [header, ...body].join("\n");
}

function fit<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
): readonly SizedColumn<Row>[] {
  const sized = columns.map((column) => sizeOf(column, rows));
  if (totalWidth(sized.map(({ minWidth }) => minWidth)) <= width) return shrink(sized, width);
  const short = columns.map((column) => sizeOf({ ...column, ...column.short }, rows));
  return shrink(drop(short, width), width);
}

function sizeOf<Row>(column: Column<Row>, rows: readonly Row[]): SizedColumn<Row> {
  const width = rows.reduce(
    (most, row) => Math.max(most, displayWidth(column.value(row))),
    column.title.length,
  );
  const minWidth =
    column.cutTo === undefined
      ? width
      : Math.min(width, Math.max(column.cutTo, column.title.length));
  return { column, width, minWidth };
}

/** Leaves out columns until the rest fits with its minimum widths. */
function drop<Row>(
  columns: readonly SizedColumn<Row>[],
  width: number,
): readonly SizedColumn<Row>[] {
  let kept = columns;
  while (totalWidth(kept.map(({ minWidth }) => minWidth)) > width) {
    const next = kept.reduce((most, { column }) => Math.max(most, column.drop ?? 0), 0);
    if (next === 0) return kept;
    kept = kept.filter(({ column }) => column.drop !== next);
  }
  return kept;
}

/** Cuts the widest columns that may be cut, until the table fits. */
function shrink<Row>(
  columns: readonly SizedColumn<Row>[],
  width: number,
): readonly SizedColumn<Row>[] {
  const cutAt = (limit: number): readonly SizedColumn<Row>[] =>
    columns.map((each) => ({
      ...each,
      width: Math.min(each.width, Math.max(limit, each.minWidth)),
    }));
  let limit = width;
  while (limit > 0 && totalWidth(cutAt(limit).map((each) => each.width)) > width) limit -= 1;
  return cutAt(limit);
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);
}

function pad(text: string, width: number, align: "right" | undefined): string {
  const space = " ".repeat(Math.max(0, width - displayWidth(text)));
  return align === "right" ? space + text : text + space;
}
