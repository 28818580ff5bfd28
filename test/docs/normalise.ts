/** Headers of columns whose cells vary from run to run. */
const VARYING_COLUMNS = [
  "PID",
  "PORT",
  "QPS",
  "P50",
  "P99",
  "CPU",
  "RSS",
  "AGE",
  "ID",
  "RESTARTS",
  "HISTORY",
];

const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\dT[\d:.]+Z?/g, "<time>"],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "<id>"],
  [/\b[0-9a-f]{32}\b/g, "<id>"],
  [/\b(127\.0\.0\.1|localhost):(?!80(?:80|81|82)\b)\d{2,5}\b/g, "$1:<port>"],
  [/\b\d+(\.\d+)? (documents?|requests?|searches)\/s/g, "<rate>"],
  [/\b\d+(\.\d+)? ?(ms|seconds?|s|m)\b/g, "<duration>"],
  [/(\d\.\d{4})\d+/g, "$1"],
];

/**
 * Lines that say what the machine is, or that appear in another order or not at all from run to
 * run: how the replicas start, and what the last exit of a replica that starts again was.
 */
const LEFT_OUT = [
  /^\d+ processes share \d+ cores?/,
  /^[\w-]+\/\d+\/\d+ (pending|starting|recovering|ready)\b/,
  /^! [\w-]+\/\d+\/\d+ /,
];

/** A line of a document that stands for any number of lines. */
const ELLIPSIS = "...";

/** Whether a document that shows `shown` shows this output. */
export function isShownBy(output: string, shown: string, varies: readonly string[] = []): boolean {
  const lines = normalise(shown, varies).split("\n");
  const pattern = lines.map((line) =>
    line === ELLIPSIS ? String.raw`(?:[^\n]*\n)*` : `${escapePattern(line)}\n`,
  );
  return new RegExp(`^${pattern.join("")}$`).test(`${normalise(output, varies)}\n`);
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/** Returns what of an output does not vary from run to run. Two outputs are equal if this is. */
export function normalise(output: string, varies: readonly string[] = []): string {
  const lines = output
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => !LEFT_OUT.some((pattern) => pattern.test(line)));
  return maskColumns(lines, [...VARYING_COLUMNS, ...varies])
    .map((line) =>
      REPLACEMENTS.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line),
    )
    .join("\n")
    .trim();
}

/** Masks the cells of those columns of a table, which starts with a line of two headers or more. */
function maskColumns(lines: readonly string[], headers: readonly string[]): readonly string[] {
  let columns: readonly string[] | undefined;
  return lines.map((line) => {
    const cells = line.split(/ {2,}/);
    if (
      cells.length > 1 &&
      cells.every((cell) => /^[A-Za-z][\w %-]*$/.test(cell)) &&
      isHeader(line)
    ) {
      columns = cells;
      return cells.join("  ");
    }
    if (columns === undefined || cells.length !== columns.length) {
      columns = undefined;
      return line;
    }
    return cells.map((cell, i) => (headers.includes(columns![i]!) ? "*" : cell)).join("  ");
  });
}

/** `jflow ps` writes its headers in capitals, `jflow shards` those of Elasticsearch. */
function isHeader(line: string): boolean {
  return line === line.toUpperCase() || line.startsWith("index ");
}
