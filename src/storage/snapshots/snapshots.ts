import type { SnapshotChunk } from "../../model/shard/snapshot.ts";
import type { Position } from "../../model/shard/log.ts";
import { join } from "node:path";
import { JflowError } from "../../util/errors.ts";
import { SerialQueue } from "../../util/serial-queue.ts";
import { nodeFiles, toStorageError, type Files } from "../files/files.ts";
import type { CountedSnapshot, PendingSnapshot, ReceivingSnapshot } from "./snapshot.ts";
import {
  findCountedDamage,
  listCounted,
  nameOf,
  randomTail,
  readCounted,
  removeCounted,
  removeOutdated,
  sumCounted,
  type SnapshotPlace,
} from "./counted.ts";
import { FILES, manifestBytes, type Manifest } from "./manifest.ts";
import { readExtra, sealSnapshot } from "./snapshot-files.ts";
import { ReceivingFolder, sendFiles } from "./transfer.ts";

/** Options of `Snapshots.open`. `report` receives a sentence for each snapshot that is skipped. */
export interface SnapshotOptions {
  readonly report: (message: string) => void;
  /** The default is the file system of the machine. */
  readonly files?: Files;
}

const PENDING_NAME = /^(pending|receiving|discarded)-/;

/**
 * The snapshots of one replica. The file system's errors are thrown as `UNAVAILABLE`, a full disk
 * as `RESOURCE_EXHAUSTED`.
 */
export class Snapshots {
  readonly #at: SnapshotPlace;
  readonly #finished = new Map<PendingSnapshot, Manifest>();
  /** The number of transfers that are sending each counted snapshot, by name. */
  readonly #leases = new Map<string, number>();
  readonly #turns = new SerialQueue();

  private constructor(place: SnapshotPlace) {
    this.#at = place;
  }

  /**
   * Opens the snapshots in `folder`, which is made if necessary. Invariant: no other process has
   * the folder open.
   */
  static async open(folder: string, options: SnapshotOptions): Promise<Snapshots> {
    const files = options.files ?? nodeFiles;
    try {
      await files.makeFolder(folder);
    } catch (error) {
      throw toStorageError(error, `cannot open the snapshots in ${folder}`);
    }
    return new Snapshots({ folder, files, report: options.report });
  }

  /**
   * Returns the counted snapshots, newest first. An unreadable snapshot is reported and left out.
   * Throws `FAILED_PRECONDITION` if a newer jflow wrote one.
   */
  list(): Promise<readonly CountedSnapshot[]> {
    return this.#doing("read the snapshots", async () => {
      const counted = await readCounted(this.#at);
      return counted.map((manifest) => this.#describe(manifest));
    });
  }

  begin(mark: Position): Promise<PendingSnapshot> {
    return this.#doing("begin a snapshot", async () => {
      const folder = join(this.#at.folder, `pending-${nameOf(mark)}-${randomTail()}`);
      await this.#at.files.makeFolder(join(folder, FILES));
      const pending: PendingSnapshot = {
        mark,
        path: join(folder, FILES),
        finish: (extra) =>
          this.#doing("finish a snapshot", () => this.#finish(pending, folder, extra)),
        discard: () => this.#doing("discard a snapshot", () => this.#at.files.removeTree(folder)),
      };
      return pending;
    });
  }

  /**
   * Makes a finished snapshot count (the rename is the mark of rule 22) and removes all but the two
   * newest. Throws `INTERNAL` for an unfinished one.
   */
  count(pending: PendingSnapshot): Promise<CountedSnapshot> {
    return this.#doing("count a snapshot", async () => {
      const manifest = this.#finished.get(pending);
      if (manifest === undefined)
        throw new JflowError("INTERNAL", `snapshot ${nameOf(pending.mark)} is not finished`);
      const counted = await this.#place(join(pending.path, ".."), manifest, () => false);
      this.#finished.delete(pending);
      return counted;
    });
  }

  /** Returns whether every file is as it was written; if not, that is reported. */
  verify(snapshot: CountedSnapshot): Promise<boolean> {
    return this.#doing("verify a snapshot", async () => {
      const damage = await findCountedDamage(this.#at, nameOf(snapshot.mark));
      if (damage !== undefined)
        this.#at.report(`snapshot ${nameOf(snapshot.mark)} is skipped: ${damage}`);
      return damage === undefined;
    });
  }

  /** Removes a counted snapshot. A damaged one would count as one of the two that are kept. */
  remove(snapshot: CountedSnapshot): Promise<void> {
    return this.#doing("remove a snapshot", () =>
      this.#turns.run(() => removeCounted(this.#at, nameOf(snapshot.mark))),
    );
  }

  /**
   * Receives a snapshot from the primary. Once the snapshot counts, newer snapshots are removed,
   * because they may contain writes that were discarded.
   */
  receive(): Promise<ReceivingSnapshot> {
    return this.#doing("receive a snapshot", async () => {
      const folder = join(this.#at.folder, `receiving-${randomTail()}`);
      await this.#at.files.makeFolder(join(folder, FILES));
      const receiving = new ReceivingFolder(this.#at.files, folder, (manifest) =>
        this.#place(folder, manifest, (other) => other.seq > manifest.mark.seq),
      );
      return {
        write: (chunk) => this.#doing("write a received snapshot", () => receiving.write(chunk)),
        finish: () => this.#doing("finish a received snapshot", () => receiving.finish()),
        discard: () => this.#doing("discard a received snapshot", () => receiving.discard()),
      };
    });
  }

  /**
   * A snapshot's files in portions, for `receive()` on the other side. It is not removed before the
   * iteration ends. Throws `NOT_FOUND` if it is gone already.
   */
  async *send(snapshot: CountedSnapshot): AsyncIterable<SnapshotChunk> {
    const name = nameOf(snapshot.mark);
    this.#leases.set(name, (this.#leases.get(name) ?? 0) + 1);
    try {
      if (!(await listCounted(this.#at)).includes(name))
        throw new JflowError("NOT_FOUND", `snapshot ${name} is gone; ask for the newest again`);
      yield* sendFiles(this.#at.files, join(this.#at.folder, name));
    } catch (error) {
      throw toStorageError(error, `cannot send snapshot ${name}`);
    } finally {
      this.#leases.set(name, (this.#leases.get(name) ?? 1) - 1);
      await this.#doing("remove an old snapshot", () =>
        this.#turns.run(() => this.#removeOutdated(() => false)),
      );
    }
  }

  /** Removes every counted snapshot, newest first and each durably, and all pending ones. */
  clear(): Promise<void> {
    return this.#doing("remove the snapshots", () =>
      this.#turns.run(async () => {
        for (const name of await listCounted(this.#at)) await removeCounted(this.#at, name);
        await this.#removePending();
      }),
    );
  }

  /** Removes the remains of a crash. Called before the first snapshot begins. */
  discardPending(): Promise<void> {
    return this.#doing("discard what a crash left of snapshots", () => this.#removePending());
  }

  async #removePending(): Promise<void> {
    for (const { name } of await this.#at.files.list(this.#at.folder))
      if (PENDING_NAME.test(name)) await this.#at.files.removeTree(join(this.#at.folder, name));
  }

  async #finish(pending: PendingSnapshot, folder: string, extra: Uint8Array): Promise<void> {
    const known = await sumCounted(this.#at);
    this.#finished.set(
      pending,
      await sealSnapshot(this.#at.files, folder, { mark: pending.mark, extra, known }),
    );
  }

  /**
   * Gives a durable folder its final name, durably. Removes the snapshots that `isObsolete`, and
   * all but the newest.
   */
  #place(
    folder: string,
    manifest: Manifest,
    isObsolete: (mark: Position) => boolean,
  ): Promise<CountedSnapshot> {
    const name = nameOf(manifest.mark);
    return this.#turns.run(async () => {
      const isThere = (await listCounted(this.#at)).includes(name);
      const isWhole = isThere && (await findCountedDamage(this.#at, name)) === undefined;
      // A record has one state, so a whole snapshot of it that is already counted is as good.
      if (isWhole) await this.#at.files.removeTree(folder);
      if (isThere && !isWhole) await removeCounted(this.#at, name);
      if (!isWhole) await this.#at.files.rename(folder, join(this.#at.folder, name));
      await this.#at.files.syncFolder(this.#at.folder);
      await this.#removeOutdated(isObsolete);
      return this.#describe(manifest);
    });
  }

  #removeOutdated(isObsolete: (mark: Position) => boolean): Promise<void> {
    return removeOutdated(this.#at, {
      isObsolete,
      isHeld: (name) => (this.#leases.get(name) ?? 0) > 0,
    });
  }

  #describe(manifest: Manifest): CountedSnapshot {
    const folder = join(this.#at.folder, nameOf(manifest.mark));
    return {
      mark: manifest.mark,
      path: join(folder, FILES),
      bytes: manifestBytes(manifest),
      readExtra: () =>
        this.#doing("read a snapshot", () => readExtra(this.#at.files, folder, manifest)),
    };
  }

  async #doing<T>(what: string, job: () => Promise<T>): Promise<T> {
    try {
      return await job();
    } catch (error) {
      throw toStorageError(error, `cannot ${what} in ${this.#at.folder}`);
    }
  }
}
