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

const PICKLE = "a pickle of Python: write the documents with save_json or as JSON Lines";
const IMAGE = "an image: post a document whose uri is its path";

/** The first bytes of files that are not text. */
const BINARY: readonly (readonly [string, string])[] = [
  ["50415231", "a Parquet file: save it to disk first, because its end is read first"],
  ["504b0304", "a ZIP archive or an Excel workbook: save the table as CSV"],
  ["d0cf11e0", "an Excel or Word file of an old format: save the table as CSV"],
  ["28b52ffd", "compressed with zstd: pipe it through zstd -dc"],
  ["425a68", "compressed with bzip2: pipe it through bzip2 -dc"],
  ["fd377a585a00", "compressed with xz: pipe it through xz -dc"],
  ["04224d18", "compressed with lz4: pipe it through lz4 -dc"],
  ["377abcaf271c", "a 7-Zip archive: extract its files"],
  ["25504446", "a PDF file: convert it to text"],
  ["4152524f5731", "an Arrow or Feather file: write the table as Parquet, CSV or JSON Lines"],
  ["4f626a01", "an Avro file: write its records as JSON Lines"],
  ["53514c69746520", "a SQLite database: write a table as CSV, such as by sqlite3 -csv -header"],
  ["934e554d5059", "an array of numpy: write the documents as JSON Lines"],
  ["89484446", "an HDF5 file: write its table as CSV or JSON Lines"],
  ["8002", PICKLE],
  ["8003", PICKLE],
  ["8004", PICKLE],
  ["8005", PICKLE],
  ["89504e47", IMAGE],
  ["ffd8ff", IMAGE],
  ["474946383", IMAGE],
];

/** The share of NUL bytes above which a file is not text. */
const MAX_NUL_SHARE = 0.25;

/** Returns what a file is that is not text: by its first bytes, or by its share of NUL bytes. */
export function describeBinary(start: Buffer): string | undefined {
  const hex = start.subarray(0, 8).toString("hex");
  const known = BINARY.find(([magic]) => hex.startsWith(magic))?.[1];
  if (known !== undefined) return known;
  const nuls = [0, 0];
  for (const [i, byte] of start.entries()) if (byte === 0) nuls[i % 2]! += 1;
  const [even, odd] = nuls as [number, number];
  if (even + odd <= start.length * MAX_NUL_SHARE) return undefined;
  const isUtf16 = Math.min(even, odd) * 10 < Math.max(even, odd);
  return isUtf16
    ? `UTF-16 without a byte order mark: add --encoding utf-16${even > odd ? "be" : "le"}`
    : "not text: it consists of NUL bytes in large part";
}

/** Whether a file starts like a Parquet file. */
export function isParquet(start: Buffer): boolean {
  return start.subarray(0, 4).toString("latin1") === "PAR1";
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
  const text = start.toString("utf8").replaceAll(/\r\n?/g, "\n");
  if (startsJson(text)) return { format: "json", isGuess: false };
  if (promised === "csv" || promised === "tsv") return { format: promised, isGuess: false };
  if (looksLikeTable(text, isWhole)) return { format: "csv", isGuess: false };
  return { format: promised ?? "text", isGuess: promised === undefined };
}

/** Whether the beginning of a slow pipe shows its format: a line of JSON, or two lines. */
export function showsFormat(start: Buffer): boolean {
  const text = start.toString("utf8").trimStart();
  return text.split(/[\r\n]+/, 3).length > (/^[[{]/.test(text) ? 1 : 2);
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
