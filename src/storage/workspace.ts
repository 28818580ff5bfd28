import { randomUUID } from "node:crypto";
import { readdir, readFile, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { COPY_ID_FILE } from "../model/shard/copy-id.ts";
import { JflowError } from "../util/errors.ts";
import { hasCode } from "../util/error-code.ts";
import { makeDurableFolder } from "../util/files/durable-folder.ts";
import { removeRemains } from "../util/files/remove-folder.ts";
import { replaceFile } from "../util/files/replace-file.ts";
import { SerialQueue } from "../util/serial-queue.ts";
import { toStorageError } from "./files/files.ts";

const CHECKPOINT = "checkpoint";
const LOG = "log";
const SNAPSHOTS = "snapshots";
const EXECUTOR = "executor";
/** The folder of an instance that replaced an earlier one. A new process does not use it. */
const LATER_EXECUTOR = /^executor-\d+$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The folder that one replica owns. The file system's errors are thrown as `UNAVAILABLE`, a full
 * disk as `RESOURCE_EXHAUSTED`.
 */
export class Workspace {
  readonly folder: string;
  /**
   * The random name of this copy of its shard. It is made with the folder, and is on disk before
   * any other process receives it.
   */
  readonly copyId: string;
  /** Whether this opening made the folder. */
  readonly isNew: boolean;
  #recorded: number;
  #wanted: number;
  readonly #turns = new SerialQueue();

  private constructor(found: {
    folder: string;
    copyId: string;
    isNew: boolean;
    checkpoint: number;
  }) {
    this.folder = found.folder;
    this.copyId = found.copyId;
    this.isNew = found.isNew;
    this.#recorded = found.checkpoint;
    this.#wanted = found.checkpoint;
  }

  /**
   * Opens the workspace in `folder`, or makes one. Throws `DATA_LOSS` when a small file of the
   * workspace is damaged, `FAILED_PRECONDITION` when a log or a snapshot has no copy id. Invariant:
   * no other process has the folder open.
   */
  static async open(folder: string): Promise<Workspace> {
    try {
      await removeRemains(folder);
      await makeDurableFolder(folder);
      const names = await readdir(folder);
      for (const name of names.filter((each) => LATER_EXECUTOR.test(each)))
        await rm(join(folder, name), { recursive: true, force: true });
      const copyId = names.includes(COPY_ID_FILE)
        ? await readCopyId(folder)
        : await makeCopyId(folder, names);
      await makeDurableFolder(join(folder, EXECUTOR));
      const checkpoint = names.includes(CHECKPOINT) ? await readCheckpoint(folder) : 0;
      return new Workspace({ folder, copyId, isNew: !names.includes(COPY_ID_FILE), checkpoint });
    } catch (error) {
      throw toStorageError(error, `cannot open the workspace ${folder}`);
    }
  }

  get logFolder(): string {
    return join(this.folder, LOG);
  }
  get snapshotsFolder(): string {
    return join(this.folder, SNAPSHOTS);
  }
  /** The folder for the executor's own files. It is made, and never read here. */
  get executorFolder(): string {
    return join(this.folder, EXECUTOR);
  }
  /**
   * The highest recorded checkpoint; 0 before the first. A copy whose log ends below it has lost
   * the end of its log.
   */
  get recordedCheckpoint(): number {
    return this.#recorded;
  }

  /**
   * Records a checkpoint, durably. A checkpoint that is not above the recorded one is ignored. It
   * costs two syncs, so it is not meant for every write.
   */
  recordCheckpoint(seq: number): Promise<void> {
    this.#wanted = Math.max(this.#wanted, seq);
    return this.#turns.run(() => this.#record());
  }

  /**
   * Returns the bytes that this process may still write to the disk of the workspace. Throws
   * `INTERNAL` if the folder does not exist any more.
   */
  async freeBytes(): Promise<number> {
    const disk = await statfs(this.folder).catch((error: unknown) => {
      if (!hasCode(error, "ENOENT")) throw error;
      throw new JflowError(
        "INTERNAL",
        `the workspace ${this.folder} does not exist: it was moved or removed while the flow runs`,
        { cause: error },
      );
    });
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
      `the workspace ${folder} holds a ${held} folder but no ${COPY_ID_FILE} file, so the owner of the data is unknown. Move the workspace away: the copy is then restored from another copy`,
    );
  const copyId = randomUUID();
  await replaceFile(join(folder, COPY_ID_FILE), `${copyId}\n`);
  return copyId;
}

async function readCopyId(folder: string): Promise<string> {
  const text = (await readFile(join(folder, COPY_ID_FILE), "utf8")).trimEnd();
  if (UUID.test(text)) return text;
  throw damagedFile(join(folder, COPY_ID_FILE));
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
    `${path} is damaged. Stop the copy and move its workspace away: the copy is then restored from another copy`,
  );
}
