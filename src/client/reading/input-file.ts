/**
 * How a file is read. `jsonl` is JSON Lines or one JSON array. With `text`, the whole file is one
 * document.
 */
export type InputFormat = "jsonl" | "csv" | "tsv" | "text";

/** A file to read documents from. */
export interface InputFile {
  /** `-` is stdin. */
  readonly path: string;
  readonly format: InputFormat;
  readonly gzip: boolean;
}

const BY_EXTENSION: Readonly<Record<string, InputFormat>> = {
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "jsonl",
  csv: "csv",
  tsv: "tsv",
};

/**
 * Returns how a file is read. Unless `format` is given, the name decides: `.jsonl`, `.ndjson` and
 * `.json` are JSON Lines or a JSON array, `.csv` and `.tsv` are tables, each optionally followed by
 * `.gz`. Any other file is text: one document with the path as id and uri. Stdin (`-`) is JSON
 * Lines or a JSON array.
 */
export function describeInputFile(path: string, format?: InputFormat): InputFile {
  const gzip = path.endsWith(".gz");
  const name = gzip ? path.slice(0, -".gz".length) : path;
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  const byName = Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension]! : "text";
  return { path, format: format ?? (path === "-" ? "jsonl" : byName), gzip };
}
