import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { Document } from "../../document/document.ts";
import { JflowError } from "../../util/errors.ts";
import { documentFromJson } from "../../document/json/json-document.ts";
import { parseDocuments } from "../../document/json/parse-documents.ts";
import { toInput, type InputItem, type InputLocation } from "./input.ts";
import type { InputFile, InputFormat } from "./input-file.ts";
import { passThrough } from "./pass-through.ts";
import { peek } from "./peek.ts";
import type { Piece } from "./piece-buffer.ts";
import { readCsv } from "./read-csv.ts";
import { splitLines } from "./split-lines.ts";
import { splitList, startsList } from "./split-list.ts";
import { toUtf8 } from "./to-utf8.ts";
import { MAX_INPUT_LINE_BYTES } from "../../util/limits/clients.ts";

export interface ReadOptions {
  /** The input for the path `-`. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Called with the number of bytes read, before decompression. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Reads the documents of files one after another, as fast as the caller takes them, so that memory
 * use does not grow with the files. A gzip file that is cut off or damaged yields the documents
 * before the damage and a bad item. Throws `NOT_FOUND` if a file cannot be opened,
 * `INVALID_ARGUMENT` for a folder.
 */
export async function* readInput(
  files: readonly InputFile[],
  options: ReadOptions,
): AsyncGenerator<InputItem> {
  for (const file of files) yield* readFile(file, options);
}

async function* readFile(file: InputFile, options: ReadOptions): AsyncGenerator<InputItem> {
  const raw = countBytes(
    file.path === "-" ? options.stdin : createReadStream(file.path),
    options.onBytes,
  );
  const bytes = file.gzip ? passThrough<Uint8Array>(raw, createGunzip()) : raw;
  let line = 0;
  try {
    for await (const item of READERS[file.format](toUtf8(bytes), file.path)) {
      line = (item.kind === "bad" ? item.location.line : item.document.location?.line) ?? line;
      yield item;
    }
  } catch (error) {
    if (!codeOf(error).startsWith("Z_")) throw toReadError(error, file.path);
    // The documents before the damage were yielded; reading continues with the next file.
    const reason = `the gzip data is cut off or damaged${line > 0 ? " after this line" : ""}: the rest of the file is not read`;
    yield { kind: "bad", location: { source: file.path, line }, reason, text: "" };
  }
}

/** The readers of the formats. */
const READERS: Readonly<
  Record<
    InputFormat,
    (chunks: AsyncIterable<Uint8Array>, source: string) => AsyncIterable<InputItem>
  >
> = {
  jsonl: readJson,
  csv: (chunks, source) => readCsv(chunks, source, [",", ";", "\t"]),
  tsv: (chunks, source) => readCsv(chunks, source, ["\t"]),
  text: readText,
};

/** Reads JSON Lines, or one JSON array of documents on any number of lines. */
async function* readJson(
  bytes: AsyncIterable<Uint8Array>,
  source: string,
): AsyncGenerator<InputItem> {
  const { start, chunks } = await peek(bytes, (seen) => startsList(seen) !== undefined);
  const pieces: AsyncIterable<Piece> = (startsList(start) ? splitList : splitLines)(
    chunks,
    MAX_INPUT_LINE_BYTES,
  );
  for await (const piece of pieces) {
    const location = { source, line: piece.number };
    if ("problem" in piece)
      yield { kind: "bad", location, reason: piece.problem, text: piece.start };
    else if (piece.text.trim() !== "") yield readDocument(piece.text, location);
  }
}

function readDocument(text: string, location: InputLocation): InputItem {
  try {
    const json = parseDocuments(text);
    return {
      kind: "document",
      document: toInput(documentFromJson(json, { unknownKeys: "tags" }), location),
    };
  } catch (error) {
    const reason =
      error instanceof JflowError
        ? error.message
        : `not valid JSON: ${error instanceof Error ? error.message : String(error)}${text.trim() === "{" ? ONE_LINE_EACH : ""}`;
    return { kind: "bad", location, reason, text };
  }
}

const ONE_LINE_EACH = " (each document must be on one line; jq -c . converts the file)";

async function* readText(
  chunks: AsyncIterable<Uint8Array>,
  source: string,
): AsyncGenerator<InputItem> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MAX_INPUT_LINE_BYTES) {
      yield {
        kind: "bad",
        location: { source, line: 0 },
        reason: `longer than ${MAX_INPUT_LINE_BYTES} bytes`,
        text: "",
      };
      return;
    }
    parts.push(chunk);
  }
  const whole = Buffer.concat(parts);
  const text = whole.toString("utf8");
  if (!isUtf8(whole)) {
    yield { kind: "bad", location: { source, line: 0 }, reason: "not valid UTF-8", text: "" };
    return;
  }
  yield {
    kind: "document",
    document: toInput(new Document({ id: source, uri: source, text }), { source, line: 0 }),
  };
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

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function toReadError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === "ENOENT")
    return new JflowError("NOT_FOUND", `cannot read ${path}: the file does not exist`, {
      cause: error,
    });
  if (code === "EISDIR")
    return new JflowError(
      "INVALID_ARGUMENT",
      `cannot read ${path}: it is a folder; use a pattern for its files, such as "${path}/*.txt"`,
      {
        cause: error,
      },
    );
  if (code === "EACCES")
    return new JflowError("NOT_FOUND", `cannot read ${path}: permission denied`, {
      cause: error,
    });
  return error;
}
