import { randomUUID } from "node:crypto";
import { readdir, readFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { JflowError } from "../util/errors.ts";
import { makeDurableFolder } from "../util/files/durable-folder.ts";
import { removeRemains } from "../util/files/remove-folder.ts";
import { replaceFile } from "../util/files/replace-file.ts";
import { SerialQueue } from "../util/serial-queue.ts";
import { toStorageError } from "./files.ts";

/**
 * The folder that one replica owns. What the file system says is thrown as `UNAVAILABLE`, a full
 * disk as `RESOURCE_EXHAUSTED`.
 */
export interface Workspace {
  readonly folder: string;
  /**
   * Names this copy of its shard for ever: random, made with the folder, on disk before anyone
   * hears of it.
   */
  readonly copyId: string;
  /** Whether the folder was made by this opening. */
  readonly isNew: boolean;
  readonly logFolder: string;
  readonly snapshotsFolder: string;
  /** For the executor's own files. It is made, never looked into. */
  readonly executorFolder: string;
  /**
   * The highest checkpoint recorded; 0 where none was. A copy whose log ends below it has lost its
   * tail.
   */
  readonly recordedCheckpoint: number;
  /**
   * Records a checkpoint, durably. One that is not above those recorded before changes nothing.
   * Costs two syncs: not for every write.
   */
  recordCheckpoint(seq: number): Promise<void>;
  /** Bytes that this process may still write to the workspace's disk. */
  freeBytes(): Promise<number>;
}

const COPY_ID = "copy-id";
const CHECKPOINT = "checkpoint";
const LOG = "log";
const SNAPSHOTS = "snapshots";
const EXECUTOR = "executor";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Opens the workspace in `folder`, or makes one there. Throws `DATA_LOSS` where a small file of its
 * own is damaged, and `FAILED_PRECONDITION` where there is a log or a snapshot but no copy id.
 * Invariant: no other process has the folder open.
 */
export async function openWorkspace(folder: string): Promise<Workspace> {
  try {
    await removeRemains(folder);
    await makeDurableFolder(folder);
    const names = await readdir(folder);
    const copyId = names.includes(COPY_ID)
      ? await readCopyId(folder)
      : await makeCopyId(folder, names);
    await makeDurableFolder(join(folder, EXECUTOR));
    const checkpoint = names.includes(CHECKPOINT) ? await readCheckpoint(folder) : 0;
    return new WorkspaceFolder({ folder, copyId, isNew: !names.includes(COPY_ID), checkpoint });
  } catch (error) {
    throw toStorageError(error, `cannot open the workspace ${folder}`);
  }
}

class WorkspaceFolder implements Workspace {
  readonly folder: string;
  readonly copyId: string;
  readonly isNew: boolean;
  #recorded: number;
  #wanted: number;
  readonly #turns = new SerialQueue();

  constructor(found: { folder: string; copyId: string; isNew: boolean; checkpoint: number }) {
    this.folder = found.folder;
    this.copyId = found.copyId;
    this.isNew = found.isNew;
    this.#recorded = found.checkpoint;
    this.#wanted = found.checkpoint;
  }

  get logFolder(): string {
    return join(this.folder, LOG);
  }
  get snapshotsFolder(): string {
    return join(this.folder, SNAPSHOTS);
  }
  get executorFolder(): string {
    return join(this.folder, EXECUTOR);
  }
  get recordedCheckpoint(): number {
    return this.#recorded;
  }

  recordCheckpoint(seq: number): Promise<void> {
    this.#wanted = Math.max(this.#wanted, seq);
    return this.#turns.run(() => this.#record());
  }

  async freeBytes(): Promise<number> {
    const disk = await statfs(this.folder);
    return disk.bavail * disk.bsize;
  }

  async #record(): Promise<void> {
    const seq = this.#wanted;
    if (seq <= this.#recorded) return;
    try {
      await replaceFile(join(this.folder, CHECKPOINT), encodeCheckpoint(seq));
    } catch (error) {
      throw toStorageError(error, `cannot record a checkpoint in ${this.folder}`);
    }
    this.#recorded = seq;
  }
}

async function makeCopyId(folder: string, names: readonly string[]): Promise<string> {
  const held = names.find((name) => name === LOG || name === SNAPSHOTS);
  if (held !== undefined)
    throw new JflowError(
      "FAILED_PRECONDITION",
      `the workspace ${folder} holds a ${held} folder but no ${COPY_ID}: it is not known whose data that is; move it away, and the copy starts anew`,
    );
  const copyId = randomUUID();
  await replaceFile(join(folder, COPY_ID), `${copyId}\n`);
  return copyId;
}

async function readCopyId(folder: string): Promise<string> {
  const text = (await readFile(join(folder, COPY_ID), "utf8")).trimEnd();
  if (UUID.test(text)) return text;
  throw damagedFile(join(folder, COPY_ID));
}

async function readCheckpoint(folder: string): Promise<number> {
  const text = await readFile(join(folder, CHECKPOINT), "utf8");
  const seq = Number.parseInt(text, 10);
  if (text === encodeCheckpoint(seq)) return seq;
  throw damagedFile(join(folder, CHECKPOINT));
}

function encodeCheckpoint(seq: number): string {
  return `${seq} ${crc32(String(seq)).toString(16).padStart(8, "0")}\n`;
}

function damagedFile(path: string): JflowError {
  return new JflowError(
    "DATA_LOSS",
    `${path} is damaged; move the workspace away while the copy is stopped, and it starts anew from another copy`,
  );
}
