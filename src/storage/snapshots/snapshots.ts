import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { JflowError } from "../../model/errors.ts";
import { SerialQueue } from "../../util/serial-queue.ts";
import { nodeFiles, toStorageError } from "../files.ts";
import type { Files } from "../files.ts";
import type {
  CountedSnapshot,
  PendingSnapshot,
  ReceivingSnapshot,
  SnapshotChunk,
  SnapshotMark,
  Snapshots,
} from "./snapshot.ts";
import { ReceivingFolder, sendFiles } from "./transfer.ts";
import { findDamage, identifySums, readExtra, readManifest, sealSnapshot } from "./snapshot-files.ts";
import type { KnownSums } from "./snapshot-files.ts";
import { FILES, manifestBytes } from "./manifest.ts";
import type { FileSum, Manifest } from "./manifest.ts";

/** Where to open snapshots, and whom to tell of those that had to be skipped. */
export interface SnapshotOptions {
  readonly report: (message: string) => void;
  /** The machine's file system unless given. */
  readonly files?: Files;
}

const KEPT = 2;
const COUNTED_NAME = /^\d{20}-\d{10}$/;
const PENDING_NAME = /^(pending|receiving|discarded)-/;

/** Opens the snapshots in `folder`, which is made if need be. Invariant: no other process has the folder open. */
export async function openSnapshots(folder: string, options: SnapshotOptions): Promise<Snapshots> {
  const files = options.files ?? nodeFiles;
  try {
    await files.makeFolder(folder);
  } catch (error) {
    throw toStorageError(error, `cannot open the snapshots in ${folder}`);
  }
  return new SnapshotFolder(folder, files, options.report);
}

class SnapshotFolder implements Snapshots {
  readonly #folder: string;
  readonly #files: Files;
  readonly #report: (message: string) => void;
  readonly #finished = new Map<PendingSnapshot, Manifest>();
  /** How often each counted snapshot, by name, is being sent. */
  readonly #leases = new Map<string, number>();
  readonly #turns = new SerialQueue();

  constructor(folder: string, files: Files, report: (message: string) => void) {
    this.#folder = folder;
    this.#files = files;
    this.#report = report;
  }

  list(): Promise<readonly CountedSnapshot[]> {
    return this.#doing("read the snapshots", async () => {
      const counted = await this.#readCounted();
      return counted.map((manifest) => this.#describe(manifest));
    });
  }

  begin(mark: SnapshotMark): Promise<PendingSnapshot> {
    return this.#doing("begin a snapshot", async () => {
      const folder = join(this.#folder, `pending-${nameOf(mark)}-${randomTail()}`);
      await this.#files.makeFolder(join(folder, FILES));
      const pending: PendingSnapshot = {
        mark,
        path: join(folder, FILES),
        finish: (extra) => this.#doing("finish a snapshot", () => this.#finish(pending, folder, extra)),
        discard: () => this.#doing("discard a snapshot", () => this.#files.removeTree(folder)),
      };
      return pending;
    });
  }

  count(pending: PendingSnapshot): Promise<CountedSnapshot> {
    return this.#doing("count a snapshot", async () => {
      const manifest = this.#finished.get(pending);
      if (manifest === undefined) throw new JflowError("INTERNAL", `snapshot ${nameOf(pending.mark)} is not finished`);
      const counted = await this.#place(join(pending.path, ".."), manifest, () => false);
      this.#finished.delete(pending);
      return counted;
    });
  }

  verify(snapshot: CountedSnapshot): Promise<boolean> {
    return this.#doing("verify a snapshot", async () => {
      const damage = await this.#damageOf(nameOf(snapshot.mark));
      if (damage !== undefined) this.#report(`snapshot ${nameOf(snapshot.mark)} is skipped: ${damage}`);
      return damage === undefined;
    });
  }

  receive(): Promise<ReceivingSnapshot> {
    return this.#doing("receive a snapshot", async () => {
      const folder = join(this.#folder, `receiving-${randomTail()}`);
      await this.#files.makeFolder(join(folder, FILES));
      const receiving = new ReceivingFolder(this.#files, folder, (manifest) =>
        this.#place(folder, manifest, (other) => other.seq > manifest.mark.seq),
      );
      return {
        write: (chunk) => this.#doing("write a received snapshot", () => receiving.write(chunk)),
        finish: () => this.#doing("finish a received snapshot", () => receiving.finish()),
        discard: () => this.#doing("discard a received snapshot", () => receiving.discard()),
      };
    });
  }

  async *send(snapshot: CountedSnapshot): AsyncIterable<SnapshotChunk> {
    const name = nameOf(snapshot.mark);
    this.#leases.set(name, (this.#leases.get(name) ?? 0) + 1);
    try {
      if (!(await this.#has(name)))
        throw new JflowError("NOT_FOUND", `snapshot ${name} is gone; ask for the newest again`);
      yield* sendFiles(this.#files, join(this.#folder, name));
    } catch (error) {
      throw toStorageError(error, `cannot send snapshot ${name}`);
    } finally {
      this.#leases.set(name, (this.#leases.get(name) ?? 1) - 1);
      await this.#doing("remove an old snapshot", () => this.#turns.run(() => this.#removeOld(() => false)));
    }
  }

  discardPending(): Promise<void> {
    return this.#doing("discard what a crash left of snapshots", async () => {
      for (const { name } of await this.#files.list(this.#folder))
        if (PENDING_NAME.test(name)) await this.#files.removeTree(join(this.#folder, name));
    });
  }

  async #finish(pending: PendingSnapshot, folder: string, extra: Uint8Array): Promise<void> {
    const known = await this.#knownSums();
    this.#finished.set(pending, await sealSnapshot(this.#files, folder, { mark: pending.mark, extra, known }));
  }

  /** Gives a durable folder its final name, durably, and removes those that `isObsolete` and all but the newest. */
  #place(folder: string, manifest: Manifest, isObsolete: (mark: SnapshotMark) => boolean): Promise<CountedSnapshot> {
    const name = nameOf(manifest.mark);
    return this.#turns.run(async () => {
      const isThere = await this.#has(name);
      const isWhole = isThere && (await this.#damageOf(name)) === undefined;
      // Of the same record there is but one state, so a whole snapshot that counts already is as good as the new one.
      if (isWhole) await this.#files.removeTree(folder);
      if (isThere && !isWhole) await this.#remove(name);
      if (!isWhole) await this.#files.rename(folder, join(this.#folder, name));
      await this.#files.syncFolder(this.#folder);
      await this.#removeOld(isObsolete);
      return this.#describe(manifest);
    });
  }

  async #removeOld(isObsolete: (mark: SnapshotMark) => boolean): Promise<void> {
    const counted = await this.#readCounted();
    const kept = counted.filter(({ mark }) => !isObsolete(mark)).slice(0, KEPT);
    for (const manifest of counted) {
      const name = nameOf(manifest.mark);
      if (!kept.includes(manifest) && (this.#leases.get(name) ?? 0) === 0) await this.#remove(name);
    }
  }

  /** Takes the name away first, so that a half removed snapshot never looks like one that counts. */
  async #remove(name: string): Promise<void> {
    const discarded = join(this.#folder, `discarded-${name}-${randomTail()}`);
    await this.#files.rename(join(this.#folder, name), discarded);
    await this.#files.syncFolder(this.#folder);
    await this.#files.removeTree(discarded);
  }

  /** Manifests of all that count, newest first. */
  async #readCounted(): Promise<Manifest[]> {
    const manifests: Manifest[] = [];
    for (const { name } of await this.#files.list(this.#folder)) {
      if (!COUNTED_NAME.test(name)) continue;
      const manifest = await this.#tryReading(name);
      if (manifest !== undefined) manifests.push(manifest);
    }
    return manifests.toSorted((a, b) => b.mark.seq - a.mark.seq || b.mark.term - a.mark.term);
  }

  async #tryReading(name: string): Promise<Manifest | undefined> {
    try {
      const manifest = await readManifest(this.#files, join(this.#folder, name));
      if (nameOf(manifest.mark) === name) return manifest;
      this.#report(`snapshot ${name} is skipped: its manifest is of ${nameOf(manifest.mark)}`);
    } catch (error) {
      this.#report(toStorageError(error, `snapshot ${name} is skipped: its manifest cannot be read`).message);
    }
    return undefined;
  }

  async #damageOf(name: string): Promise<string | undefined> {
    const folder = join(this.#folder, name);
    try {
      return await findDamage(this.#files, folder, await readManifest(this.#files, folder), "only");
    } catch (error) {
      return toStorageError(error, "it cannot be read").message;
    }
  }

  async #has(name: string): Promise<boolean> {
    return (await this.#files.list(this.#folder)).some((entry) => entry.name === name);
  }

  async #knownSums(): Promise<KnownSums> {
    const known = new Map<string, FileSum>();
    for (const manifest of await this.#readCounted()) {
      const name = nameOf(manifest.mark);
      try {
        for (const [identity, sum] of await identifySums(this.#files, join(this.#folder, name), manifest))
          known.set(identity, sum);
      } catch (error) {
        this.#report(toStorageError(error, `snapshot ${name} is not built upon`).message);
      }
    }
    return known;
  }

  #describe(manifest: Manifest): CountedSnapshot {
    const folder = join(this.#folder, nameOf(manifest.mark));
    return {
      mark: manifest.mark,
      path: join(folder, FILES),
      bytes: manifestBytes(manifest),
      readExtra: () => this.#doing("read a snapshot", () => readExtra(this.#files, folder, manifest)),
    };
  }

  async #doing<T>(what: string, job: () => Promise<T>): Promise<T> {
    try {
      return await job();
    } catch (error) {
      throw toStorageError(error, `cannot ${what} in ${this.#folder}`);
    }
  }
}

function nameOf(mark: SnapshotMark): string {
  return `${String(mark.seq).padStart(20, "0")}-${String(mark.term).padStart(10, "0")}`;
}

function randomTail(): string {
  return randomBytes(6).toString("hex");
}
