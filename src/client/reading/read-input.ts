import { constants, createReadStream, lstatSync, openSync, readlinkSync } from "node:fs";
import { stat } from "node:fs/promises";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { INPUT_SAMPLE_BYTES, SLOW_INPUT_MS } from "../../util/limits/clients.ts";
import { passThrough } from "./bytes/pass-through.ts";
import { peek } from "./bytes/peek.ts";
import { toUtf8 } from "./bytes/to-utf8.ts";
import { describeBinary, detectFormat, isGzip, isParquet, showsFormat } from "./detect-format.ts";
import type { InputFormat } from "../../model/input-format.ts";
import type { InputFile } from "./input-file.ts";
import { NO_MAP } from "./items/field-map.ts";
import type { InputText, RecordOptions } from "./items/input-text.ts";
import type { InputItem } from "./items/input.ts";
import { readJson } from "./json/read-json.ts";
import { readText } from "./read-text.ts";
import { readCsv } from "./table/read-csv.ts";

export interface ReadOptions extends Partial<RecordOptions> {
  /** The input for the path `-`. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Ends the reading and closes the file, also while a pipe has no data. */
  readonly signal?: AbortSignal;
  /** The encoding of text without a byte order mark; default UTF-8. */
  readonly encoding?: string | undefined;
  /** Called with the number of bytes read, before decompression. */
  readonly onBytes?: (bytes: number) => void;
}

/** The readers of the formats. */
const READERS: Readonly<
  Record<InputFormat, (text: InputText, options: RecordOptions) => AsyncIterable<InputItem>>
> = {
  json: readJson,
  csv: readCsv,
  tsv: (text, options) => readCsv(text, options, "\t"),
  text: readText,
};

/**
 * Reads the documents of files one after another, as fast as the caller takes them, so that memory
 * use does not grow with the files. A gzip file that is cut off or damaged yields the documents
 * before the damage and a bad item. A file that cannot be opened is a bad item of line 0.
 */
export async function* readInput(
  files: readonly InputFile[],
  options: ReadOptions,
): AsyncGenerator<InputItem> {
  for (const file of files) yield* readFile(file, options);
}

async function* readFile(file: InputFile, options: ReadOptions): AsyncGenerator<InputItem> {
  const source = file.path;
  let line = 0;
  try {
    for await (const item of readDocuments(file, options)) {
      line = lineOf(item) ?? line;
      yield item;
    }
  } catch (error) {
    if (options.signal?.aborted === true) return;
    const reason = describeError(error, { path: source, line });
    if (reason === undefined) throw error;
    // The documents before the damage were yielded; reading continues with the next file.
    yield { kind: "bad", location: { source, line }, reason, text: "" };
  }
}

function lineOf(item: InputItem): number | undefined {
  if (item.kind === "notice") return undefined;
  return item.kind === "bad" ? item.location.line : item.document.location?.line;
}

async function* readDocuments(file: InputFile, options: ReadOptions): AsyncGenerator<InputItem> {
  const text = await openText(file, options);
  try {
    yield* readOpened(file, text, options);
  } finally {
    text.close();
  }
}

async function* readOpened(
  { format }: InputFile,
  text: OpenText,
  options: ReadOptions,
): AsyncGenerator<InputItem> {
  const { source } = text;
  const { map = NO_MAP, delimiter, idOfFile = (path) => path } = options;
  const records = { map, delimiter, idOfFile };
  if (isParquet(text.start) && text.again !== undefined) {
    text.close();
    const { readParquet } = await import("./parquet/read-parquet.ts");
    yield* readParquet(source, { ...records, onBytes: options.onBytes });
    return;
  }
  const binary = describeBinary(text.start);
  if (binary !== undefined) {
    const reason = `the file is ${binary}`;
    yield { kind: "bad", location: { source, line: 0 }, reason, text: "" };
    return;
  }
  const found = detectFormat(source, text.start, text.isWhole);
  if (format === undefined && found.isGuess && text.start.length > 0)
    yield { kind: "notice", source, text: ONE_TEXT };
  yield* READERS[format ?? found.format](text, records);
}

const ONE_TEXT = "read as one text document (--format json, csv or tsv reads records)";

interface OpenText extends InputText {
  /** Closes the file. */
  close(): void;
}

async function openText({ path }: InputFile, options: ReadOptions): Promise<OpenText> {
  const { isFile, file } = path === "-" ? NO_FILE : await openFile(path);
  const close = (): void => {
    file?.destroy();
  };
  options.signal?.addEventListener("abort", close);
  if (options.signal?.aborted === true) close();
  const peeked = await peek(
    decode(countBytes(file ?? options.stdin, options.onBytes), options.encoding),
    ({ length }) => length >= INPUT_SAMPLE_BYTES,
    isFile ? undefined : { waitMs: SLOW_INPUT_MS, isReady: showsFormat },
  );
  const again = isFile ? () => decode(createReadStream(path), options.encoding) : undefined;
  return { source: path, ...peeked, again, close };
}

interface OpenFile {
  readonly file: Readable | undefined;
  /** False for pipes and devices. */
  readonly isFile: boolean;
}

const NO_FILE: OpenFile = { file: undefined, isFile: false };

async function openFile(path: string): Promise<OpenFile> {
  const found = await stat(path);
  return {
    file: found.isFIFO() ? openPipe(path) : createReadStream(path),
    isFile: found.isFile(),
  };
}

/** Opens a named pipe. A file stream would wait in a thread, and hold the process at its end. */
function openPipe(path: string): Socket {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

/**
 * Returns UTF-8 without a byte order mark. The first bytes decide whether it is compressed, once or
 * several times.
 */
async function* decode(
  raw: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
): AsyncGenerator<Uint8Array> {
  const { start, chunks } = await peek(raw, ({ length }) => length >= 2);
  yield* isGzip(start)
    ? decode(passThrough<Uint8Array>(chunks, createGunzip()), encoding)
    : toUtf8(chunks, encoding);
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

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "the file does not exist"],
  ["EACCES", "permission denied"],
  ["ELOOP", "its links lead in a circle"],
  ["EISDIR", "it is a folder; use a pattern for its files, such as *.txt"],
]);

/** Returns why a file cannot be read to its end, or undefined for an error of the program. */
function describeError(
  error: unknown,
  { path, line }: { readonly path: string; readonly line: number },
): string | undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.startsWith("Z_"))
    return `the gzip data is cut off or damaged${line > 0 ? " after this line" : ""}: the rest of the file is not read`;
  if (code === "ENOENT" && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
    return `the link leads to ${readlinkSync(path)}, which does not exist`;
  return REASONS.get(code);
}
