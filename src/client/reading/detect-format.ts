import type { InputFormat } from "../../model/input-format.ts";
import { looksLikeTable } from "./table/delimiter.ts";

/** The formats that names promise. */
const BY_EXTENSION: Readonly<Record<string, InputFormat>> = {
  json: "json",
  jsonl: "json",
  ndjson: "json",
  csv: "csv",
  tsv: "tsv",
  txt: "text",
  text: "text",
  md: "text",
  html: "text",
};

/** The first bytes of files that are not text. */
const BINARY: readonly (readonly [string, string])[] = [
  ["504b0304", "a ZIP archive or an Excel workbook: save the table as CSV"],
  ["50415231", "a Parquet file: convert the table to CSV or JSON Lines"],
  ["28b52ffd", "compressed with zstd: pipe it through zstd -dc"],
  ["425a68", "compressed with bzip2: pipe it through bzip2 -dc"],
  ["fd377a585a00", "compressed with xz: pipe it through xz -dc"],
  ["25504446", "a PDF file: convert it to text"],
];

/** Returns what a file is that is not text, by its first bytes. */
export function describeBinary(start: Buffer): string | undefined {
  const hex = start.subarray(0, 8).toString("hex");
  return BINARY.find(([magic]) => hex.startsWith(magic))?.[1];
}

export function isGzip(start: Buffer): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

export interface DetectedFormat {
  readonly format: InputFormat;
  /** Neither the name nor the content says that the file is text. */
  readonly isGuess: boolean;
}

/**
 * Returns the format of a text. The content decides: JSON starts with an object, or with an array
 * of objects; a table has a header with the name of a field, and rows of equal length. The name
 * decides where the content does not. Stdin (`-`) is then JSON Lines, a file one document.
 */
export function detectFormat(path: string, start: Buffer, isWhole: boolean): DetectedFormat {
  const name = path.toLowerCase().replace(/\.gz$/, "");
  const extension = name.slice(name.lastIndexOf(".") + 1);
  const named = Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined;
  const promised = path === "-" ? "json" : named;
  const text = start.toString("utf8");
  if (startsJson(text)) return { format: "json", isGuess: false };
  if (promised === "csv" || promised === "tsv") return { format: promised, isGuess: false };
  if (looksLikeTable(text, isWhole)) return { format: "csv", isGuess: false };
  return { format: promised ?? "text", isGuess: promised === undefined };
}

/** Whether a text starts with a JSON object, or with an array of objects. */
function startsJson(text: string): boolean {
  const trimmed = text.trimStart();
  if (/^\[\s*\{\s*"/.test(trimmed)) return true;
  const line = trimmed.split("\n", 1)[0]!;
  return /^\{\s*$/.test(line) ? /^\{\s*"[^"\n]*"\s*:/.test(trimmed) : isObject(line);
}

function isObject(line: string): boolean {
  if (!line.startsWith("{")) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    // A line that is longer than the beginning of the file.
    return /^\{\s*"[^"]*"\s*:/.test(line) && line.length > 60_000;
  }
}
