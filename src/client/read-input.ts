import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { Document } from "../model/document.ts";
import { JflowError } from "../model/errors.ts";
import { documentFromJson } from "../model/json-document.ts";
import type { InputItem } from "./input.ts";
import { toInput } from "./input.ts";
import type { InputFile, InputFormat } from "./input-file.ts";
import { passThrough } from "./pass-through.ts";
import { readCsv } from "./read-csv.ts";
import { splitLines } from "./split-lines.ts";

export interface ReadOptions {
  /** What `-` reads. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Called with the bytes that were read of the files as they lie on disk: for a percentage. */
  readonly onBytes?: (bytes: number) => void;
}

/** A line longer than this is bad: what one message may hold. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/**
 * Reads the documents of files one after another, at the pace of whoever takes them: memory does not grow with the files. Throws `NOT_FOUND`
 * where a file cannot be opened, `INVALID_ARGUMENT` where one is no gzip.
 */
export async function* readInput(files: readonly InputFile[], options: ReadOptions): AsyncGenerator<InputItem> {
  for (const file of files) yield* readFile(file, options);
}

async function* readFile(file: InputFile, options: ReadOptions): AsyncGenerator<InputItem> {
  const raw = countBytes(file.path === "-" ? options.stdin : createReadStream(file.path), options.onBytes);
  try {
    yield* READERS[file.format](file.gzip ? passThrough<Uint8Array>(raw, createGunzip()) : raw, file.path);
  } catch (error) {
    throw explain(error, file.path);
  }
}

/** How each format is read. */
const READERS: Readonly<
  Record<InputFormat, (chunks: AsyncIterable<Uint8Array>, source: string) => AsyncIterable<InputItem>>
> = {
  jsonl: readJsonLines,
  csv: (chunks, source) => readCsv(chunks, source, ","),
  tsv: (chunks, source) => readCsv(chunks, source, "\t"),
  text: readText,
};

async function* readJsonLines(chunks: AsyncIterable<Uint8Array>, source: string): AsyncGenerator<InputItem> {
  for await (const line of splitLines(chunks, MAX_LINE_BYTES)) {
    const place = { source, line: line.number };
    if ("problem" in line) yield { kind: "bad", place, reason: line.problem, text: line.start };
    else if (line.text.trim() !== "") yield readJsonLine(line.text, place);
  }
}

function readJsonLine(text: string, place: { readonly source: string; readonly line: number }): InputItem {
  try {
    // A file may begin with a byte order mark, which JSON does not know.
    const json: unknown = JSON.parse(place.line === 1 ? text.replace(/^\uFEFF/, "") : text);
    return { kind: "document", document: toInput(documentFromJson(json, { unknownKeys: "tags" }), place) };
  } catch (error) {
    const reason =
      error instanceof JflowError
        ? error.message
        : `no JSON: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: "bad", place, reason, text };
  }
}

async function* readText(chunks: AsyncIterable<Uint8Array>, source: string): AsyncGenerator<InputItem> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MAX_LINE_BYTES) {
      yield { kind: "bad", place: { source, line: 0 }, reason: `longer than ${MAX_LINE_BYTES} bytes`, text: "" };
      return;
    }
    parts.push(chunk);
  }
  const whole = Buffer.concat(parts);
  const text = whole.toString("utf8");
  if (!isUtf8(whole)) {
    yield { kind: "bad", place: { source, line: 0 }, reason: "no UTF-8", text: "" };
    return;
  }
  yield { kind: "document", document: toInput(new Document({ id: source, uri: source, text }), { source, line: 0 }) };
}

async function* countBytes(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: ReadOptions["onBytes"],
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onBytes?.(chunk.length);
    yield chunk;
  }
}

function explain(error: unknown, path: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT") return new JflowError("NOT_FOUND", `${path}: no such file`, { cause: error });
  if (code === "EISDIR")
    return new JflowError("INVALID_ARGUMENT", `${path} is a folder: name its files, as in "${path}/*.txt"`, {
      cause: error,
    });
  if (code === "EACCES")
    return new JflowError("NOT_FOUND", `${path} cannot be read: permission denied`, { cause: error });
  if (code.startsWith("Z_"))
    return new JflowError("INVALID_ARGUMENT", `${path} is no whole gzip file`, { cause: error });
  return error;
}
