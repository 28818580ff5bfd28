import type { Position } from "../../model/shard/log.ts";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { JflowError } from "../../util/errors.ts";
import { newerFormat } from "../../util/newer-format.ts";

/**
 * The names in the folder of a snapshot: the manifest, the data of the worker (operation ids), and
 * the files of the executor.
 */
export const MANIFEST = "manifest";
export const EXTRA = "extra";
export const FILES = "files";

const FIRST_LINE = /^jflow snapshot (\d+) ([0-9a-f]{8})\n/;
const VERSION = 1;

const Size = z.int().nonnegative();
const Sum = z.strictObject({ size: Size, crc32: z.int().nonnegative() });
const ManifestFile = Sum.extend({ name: z.string().refine(isPlainName) });
const ManifestShape = z.strictObject({
  mark: z.strictObject({ seq: Size, term: Size }),
  files: z
    .array(ManifestFile)
    .refine((files) => new Set(files.map((file) => file.name)).size === files.length),
  extra: Sum,
});

/** Size in bytes and checksum of one file. */
export type FileSum = Readonly<z.infer<typeof Sum>>;

/** Everything a snapshot consists of: it is whole exactly if its files are those, byte for byte. */
export interface Manifest {
  readonly mark: Position;
  /** The executor's files, by names relative to its folder. */
  readonly files: readonly (FileSum & { readonly name: string })[];
  readonly extra: FileSum;
}

/** A manifest's bytes: a line with version and checksum, then JSON. */
export function encodeManifest(manifest: Manifest): Buffer {
  const body = Buffer.from(JSON.stringify(manifest));
  return Buffer.concat([
    Buffer.from(`jflow snapshot ${VERSION} ${crc32(body).toString(16).padStart(8, "0")}\n`),
    body,
  ]);
}

/**
 * Throws `DATA_LOSS` if the bytes are no manifest, are damaged, or name a file that may not be;
 * `FAILED_PRECONDITION` if a newer jflow wrote it.
 */
export function decodeManifest(bytes: Uint8Array, path: string): Manifest {
  const text = Buffer.from(bytes).toString("latin1");
  const found = FIRST_LINE.exec(text);
  if (found === null)
    throw new JflowError(
      "DATA_LOSS",
      "the manifest of the snapshot is damaged: its first line is not that of a manifest",
    );
  const body = bytes.subarray(found[0].length);
  if (Number(found[1]) !== VERSION) throw newerFormat(path);
  if (crc32(body) !== Number.parseInt(found[2] ?? "", 16))
    throw new JflowError(
      "DATA_LOSS",
      "the manifest of the snapshot is damaged: its checksum does not match",
    );
  const parsed = ManifestShape.safeParse(parseJson(Buffer.from(body).toString("utf8")));
  if (!parsed.success)
    throw new JflowError(
      "DATA_LOSS",
      `the manifest of the snapshot is not valid: ${z.prettifyError(parsed.error)}`,
    );
  return parsed.data;
}

/**
 * Returns whether a file of that name stays in the folder it is put in: plain parts joined by `/`,
 * without `..` or an absolute path.
 */
export function isPlainName(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (name.length > 1024 || /[\\\u0000-\u001f]/.test(name)) return false;
  return name
    .split("/")
    .every(
      (part) => part !== "" && part !== "." && part !== ".." && Buffer.byteLength(part) <= 255,
    );
}

/** Bytes of everything a manifest lists. */
export function manifestBytes(manifest: Manifest): number {
  return manifest.files.reduce((sum, file) => sum + file.size, manifest.extra.size);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new JflowError("DATA_LOSS", "the manifest of the snapshot is not valid: it is not JSON", {
      cause: error,
    });
  }
}
