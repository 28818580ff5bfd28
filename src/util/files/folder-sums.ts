import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { crc32 } from "node:zlib";

/** Size in bytes and CRC-32 of a file. */
export interface NamedSum {
  /** The path relative to the folder, with `/`. */
  readonly name: string;
  readonly size: number;
  readonly crc32: number;
}

/** Returns the sums of all files within a folder, by name. Throws the errors of the file system. */
export async function sumFolder(folder: string): Promise<readonly NamedSum[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name));
  const sums: NamedSum[] = [];
  for (const path of paths.toSorted()) {
    let [size, sum] = [0, 0];
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      const bytes = chunk as Uint8Array;
      sum = crc32(bytes, sum);
      size += bytes.length;
    }
    sums.push({ name: relative(folder, path).replaceAll("\\", "/"), size, crc32: sum });
  }
  return sums;
}
