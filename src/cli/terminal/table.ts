/** One column of a printed table. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: "right";
  /** If the terminal is too narrow, the column with the highest rank is left out first. */
  readonly drop?: number;
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

/**
 * Formats rows as aligned text with a header line. Values are ASCII without spaces, so that `awk`
 * can read them. If the width of a terminal is given, columns are left out by their `drop` rank
 * until the table fits.
 */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width?: number,
): string {
  const kept = fit(columns, rows, width);
  const widths = kept.map((column) => columnWidth(column, rows));
  const line = (cells: readonly string[]): string => cells.join(" ".repeat(GAP)).trimEnd();
  const header = line(kept.map((column, i) => pad(column.title, widths[i]!, column.align)));
  const body = rows.map((row) =>
    line(
      kept.map((column, i) => {
        const cell = pad(column.value(row), widths[i]!, column.align);
        return column.paint ? column.paint(cell, row) : cell;
      }),
    ),
  );
  return [header, ...body].join("\n");
}

function fit<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | undefined,
): readonly Column<Row>[] {
  if (width === undefined) return columns;
  let kept = columns;
  while (tableWidth(kept, rows) > width) {
    const next = kept.reduce((most, column) => Math.max(most, column.drop ?? 0), 0);
    if (next === 0) return kept;
    kept = kept.filter((column) => column.drop !== next);
  }
  return kept;
}

function tableWidth<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): number {
  return (
    columns.reduce((sum, column) => sum + columnWidth(column, rows), 0) + GAP * (columns.length - 1)
  );
}

function columnWidth<Row>(column: Column<Row>, rows: readonly Row[]): number {
  return rows.reduce((most, row) => Math.max(most, column.value(row).length), column.title.length);
}

function pad(text: string, width: number, align: "right" | undefined): string {
  return align === "right" ? text.padStart(width) : text.padEnd(width);
}
