import { crc32 } from "node:zlib";
import { z } from "zod";
import { JflowError } from "../../util/errors.ts";
import { isJsonObject } from "../../util/json-object.ts";
import { newerFormat } from "../../util/newer-format.ts";
import type { Position } from "./log.ts";

/** A task of the supervisor for a running copy of a shard. */
export type CopyTask =
  /** Writes a backup of the shard into `folder`, which is made: all acknowledged writes. */
  | { readonly kind: "backUp"; readonly folder: string }
  /**
   * Logs a write that replaces the state of the shard by the staged backup `name`. Only the primary
   * takes the task.
   */
  | { readonly kind: "restore"; readonly name: string };

/** The end of a task of a copy. */
export type CopyTaskEnd =
  | {
      readonly ok: true;
      /** The last write in a backup, or the write of a restore. */
      readonly position: Position;
    }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** The folder of the staged backups of a shard, next to the workspaces of its copies. */
export const STAGED_BACKUPS = "restored";

/** The manifest of a backup: its last file, so a backup without it is incomplete. */
export const BACKUP_MANIFEST = "backup.json";

const SCHEMA = "jflow.backup/v1";
const Count = z.int().nonnegative();
const PartShape = z.strictObject({
  shard: Count,
  /** The backup holds every acknowledged write up to this one. */
  position: z.strictObject({ seq: Count, term: Count }),
  /** The copies that hold this history. */
  inSync: z.array(z.string()),
  /** The files of the shard, in the folder with the number of the shard. */
  files: z.array(z.strictObject({ name: z.string(), size: Count, crc32: Count })),
});
const BackupShape = z.strictObject({
  schema: z.literal(SCHEMA),
  jflow: z.string(),
  /** The name of the deployment. */
  executor: z.string(),
  uses: z.string(),
  createdAt: z.string(),
  routingShards: z.int().positive(),
  shards: z.array(PartShape).min(1),
});

/** The backup of one shard. */
export type BackupPart = Readonly<z.infer<typeof PartShape>>;
/** The content of a backup. */
export type BackupManifest = Readonly<z.infer<typeof BackupShape>>;

/** Returns the text of `backup.json`: the manifest, and a checksum of its JSON. */
export function encodeBackup(backup: Omit<BackupManifest, "schema">): string {
  const manifest = { schema: SCHEMA, ...backup };
  const checksum = crc32(JSON.stringify(manifest));
  return `${JSON.stringify({ ...manifest, checksum }, undefined, 2)}\n`;
}

/**
 * Parses `backup.json`. `path` is for messages. Throws `DATA_LOSS` for a damaged manifest and
 * `FAILED_PRECONDITION` for that of a newer jflow.
 */
export function parseBackup(text: string, path: string): BackupManifest {
  const { checksum, ...rest } = parseObject(text, path);
  if (typeof rest["schema"] === "string" && rest["schema"] !== SCHEMA) throw newerFormat(path);
  const parsed = BackupShape.safeParse(rest);
  if (parsed.success && checksum === crc32(JSON.stringify(rest))) return parsed.data;
  throw new JflowError("DATA_LOSS", `${path} is damaged: its checksum does not match`);
}

function parseObject(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (isJsonObject(parsed)) return parsed;
  } catch {
    // The message below names the file.
  }
  throw new JflowError("DATA_LOSS", `${path} is damaged: it is not a JSON object`);
}

/** The end of the name of a file of encoded documents, after the number of the shard. */
export const DOCUMENTS_FILE = ".documents";
