import { open, readdir, rename, rm, stat, unlink, type FileHandle } from "node:fs/promises";
import { JflowError } from "../../util/errors.ts";
import { makeDurableFolder, syncFolder } from "../../util/files/durable-folder.ts";

/**
 * One open file. Positions and sizes are in bytes. Every method throws the errors of the file
 * system.
 */
export interface OpenFile {
  /**
   * Fills `into` from `position` on, and returns the number of bytes read. It is smaller than asked
   * for only at the end of the file.
   */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes all of `buffers`, one after another, from `position` on. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Resolves when the written bytes and the size are on disk (fdatasync). */
  datasync(): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/**
 * One name in a folder; `other` is a symbolic link, a socket or a device, which storage never
 * makes.
 */
export interface FolderEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "other";
}

/**
 * The file system that storage uses. Tests replace it with a file system that fails or loses power.
 */
export interface Files {
  /**
   * `create` makes a new file, readable only by its owner, and fails if the file exists. `update`
   * opens a file to read and write.
   */
  open(path: string, how: "read" | "update" | "create"): Promise<OpenFile>;
  list(folder: string): Promise<readonly FolderEntry[]>;
  /** `identity` is the same for two names of one file (hard links) and for no two files. */
  stat(path: string): Promise<{ readonly size: number; readonly identity: string }>;
  /** Makes a folder and its missing parents, durably. Does nothing if the folder exists. */
  makeFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  removeFile(path: string): Promise<void>;
  /** Removes a folder with its content. Does nothing if the folder does not exist. */
  removeTree(path: string): Promise<void>;
  /** Resolves when the names in a folder are on disk. */
  syncFolder(path: string): Promise<void>;
}

/** The file system of this machine. */
export const nodeFiles: Files = {
  open: openNodeFile,
  list: async (folder) => {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
  },
  stat: async (path) => {
    const found = await stat(path);
    return { size: found.size, identity: `${found.dev}:${found.ino}` };
  },
  makeFolder: makeDurableFolder,
  rename,
  removeFile: unlink,
  removeTree: (path) => rm(path, { recursive: true, force: true }),
  syncFolder,
};

/**
 * Returns an error of the file system as the error that storage throws. The code
 * `RESOURCE_EXHAUSTED` means a full disk.
 */
export function toStorageError(thrown: unknown, doing: string): JflowError {
  if (thrown instanceof JflowError) return thrown;
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (code === "ENOSPC" || code === "EDQUOT")
    return new JflowError(
      "RESOURCE_EXHAUSTED",
      `${doing}: the disk is full (${message}). Free disk space, then start the copy again`,
      { cause: thrown },
    );
  return new JflowError("UNAVAILABLE", `${doing}: ${message}`, { cause: thrown });
}

const OPEN_FLAGS = { read: "r", update: "r+", create: "wx+" } as const;

async function openNodeFile(path: string, how: "read" | "update" | "create"): Promise<OpenFile> {
  const handle = await open(path, OPEN_FLAGS[how], 0o600);
  return {
    read: (into, position) => readFully(handle, into, position),
    write: (buffers, position) => writeFully(handle, buffers, position),
    truncate: (size) => handle.truncate(size),
    datasync: () => handle.datasync(),
    size: async () => (await handle.stat()).size,
    close: () => handle.close(),
  };
}

async function readFully(handle: FileHandle, into: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/**
 * The kernel may write fewer bytes than requested (a nearly full disk, a signal), so the rest is
 * written again.
 */
async function writeFully(
  handle: FileHandle,
  buffers: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let left = buffers.filter((buffer) => buffer.length > 0);
  let at = position;
  while (left.length > 0) {
    const { bytesWritten } = await handle.writev(left, at);
    at += bytesWritten;
    left = dropBytes(left, bytesWritten);
  }
}

/** Returns `buffers` without their first `count` bytes. */
function dropBytes(buffers: Uint8Array[], count: number): Uint8Array[] {
  let skip = count;
  const from = buffers.findIndex((buffer) => {
    if (skip < buffer.length) return true;
    skip -= buffer.length;
    return false;
  });
  if (from < 0) return [];
  const [first, ...rest] = buffers.slice(from);
  return first === undefined ? [] : [first.subarray(skip), ...rest];
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): FolderEntry["kind"] {
  if (entry.isFile()) return "file";
  return entry.isDirectory() ? "folder" : "other";
}
