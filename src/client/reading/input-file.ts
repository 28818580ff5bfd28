/**
 * How a file is read. `jsonl`: JSON Lines or one JSON list; `text`: the whole file is one document.
 */
export type InputFormat = "jsonl" | "csv" | "tsv" | "text";

/** A file to read documents from. */
export interface InputFile {
  /** `-` is standard input. */
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
 * How a file is read, by its name: JSON Lines or a JSON list (`.jsonl`, `.ndjson`, `.json`), CSV
 * (`.csv`, `.tsv`), each also with `.gz` behind it; any other file is plain text and one document,
 * whose id and uri are the path. Standard input (`-`) is as JSON Lines. `format` wins over the
 * name.
 */
export function describeInputFile(path: string, format?: InputFormat): InputFile {
  const gzip = path.endsWith(".gz");
  const name = gzip ? path.slice(0, -".gz".length) : path;
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  const byName = Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension]! : "text";
  return { path, format: format ?? (path === "-" ? "jsonl" : byName), gzip };
}
