/** Pads the cells of every Markdown table, as the formatter does, and returns the text. */
export function alignTables(text: string): string {
  return text.replaceAll(/(?:^\|.*\|$\n?)+/gm, (table) => {
    const end = table.endsWith("\n") ? "\n" : "";
    const rows = table.trimEnd().split("\n").map(cellsOf);
    const widths = rows[0]!.map((_, column) =>
      Math.max(3, ...rows.map((cells) => (isRule(cells) ? 0 : cells[column]!.length))),
    );
    return rows.map((cells) => formatRow(cells, widths)).join("\n") + end;
  });
}

function cellsOf(line: string): readonly string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

function isRule(cells: readonly string[]): boolean {
  return cells.every((cell) => /^-+$/.test(cell));
}

function formatRow(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) =>
    isRule(cells) ? "-".repeat(widths[column]!) : cell.padEnd(widths[column]!),
  );
  return `| ${padded.join(" | ")} |`;
}
