import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { decompress } from "fzstd";
import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetReadObjects,
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
} from "hyparquet";
import { MAX_PARQUET_GROUP_BYTES } from "../../../util/limits/clients.ts";
import { UnusedKeys } from "../items/field-map.ts";
import type { RecordOptions } from "../items/input-text.ts";
import type { InputItem } from "../items/input.ts";
import { readRecord } from "../json/read-json.ts";
import { toJsonRecord } from "./parquet-values.ts";

/** The compressions in addition to those of hyparquet: none and Snappy. */
const COMPRESSORS: Compressors = {
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
  ZSTD: (input) => decompress(input),
};

export interface ParquetOptions extends RecordOptions {
  /** Called with the number of bytes whose rows have been read. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * Reads the rows of a Parquet file, one row group at a time. The line of a document is its row,
 * from 1. A damaged file yields the rows before the damage, and a bad item.
 */
export async function* readParquet(
  path: string,
  options: ParquetOptions,
): AsyncGenerator<InputItem> {
  let row = 0;
  const unused = new UnusedKeys(options.map);
  const stop = (reason: string): InputItem => ({
    kind: "bad",
    location: { source: path, line: row === 0 ? 0 : row + 1 },
    reason,
    text: "",
  });
  const opened = await attempt(async () => {
    const file = await asyncBufferFromFile(path);
    return { file, metadata: await parquetMetadataAsync(file) };
  });
  if ("problem" in opened) {
    yield stop(opened.problem);
    return;
  }
  for (const group of opened.metadata.row_groups) {
    if (group.total_byte_size > MAX_PARQUET_GROUP_BYTES) {
      yield stop(describeLongGroup(group.total_byte_size));
      return;
    }
    const end = row + Number(group.num_rows);
    const rows = await attempt(async () => readRows(opened, row, end));
    if ("problem" in rows) {
      yield stop(rows.problem);
      return;
    }
    for (const each of rows) {
      row += 1;
      const location = { source: path, line: row };
      const value = toJsonRecord(each);
      yield* readRecord({ value, text: JSON.stringify(value) }, { location, options, unused });
    }
    options.onBytes?.(
      Math.floor(opened.file.byteLength * (rows.length / Number(opened.metadata.num_rows))),
    );
  }
  for (const text of unused.describe()) yield { kind: "notice", source: path, text };
}

interface OpenFile {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
}

async function readRows(
  { file, metadata }: OpenFile,
  rowStart: number,
  rowEnd: number,
): Promise<readonly Record<string, unknown>[]> {
  return parquetReadObjects({
    file,
    metadata,
    rowStart,
    rowEnd,
    compressors: COMPRESSORS,
    // Bytes that are not text stay bytes.
    utf8: false,
  });
}

async function attempt<T extends object>(
  read: () => Promise<T>,
): Promise<T | { readonly problem: string }> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && "syscall" in error) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return { problem: `the Parquet data cannot be read: ${message.replace(/^parquet /, "")}` };
  }
}

function describeLongGroup(bytes: bigint): string {
  return `a row group of the Parquet file has ${bytes} bytes, more than ${MAX_PARQUET_GROUP_BYTES}: write the file with smaller row groups, such as row_group_size=10000`;
}
