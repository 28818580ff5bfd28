import type { Position } from "../../model/shard/log.ts";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { JflowError } from "../../util/errors.ts";
import { toStorageError, type Files } from "../files/files.ts";
import type { FileSum, Manifest } from "./manifest.ts";
import { findDamage, identifySums, readManifest, type KnownSums } from "./snapshot-files.ts";
import { KEPT_SNAPSHOTS } from "../../util/limits/shards.ts";

/**
 * The folder of all snapshots of a replica. A counted snapshot lies in it under `nameOf` its mark.
 */
export interface SnapshotPlace {
  readonly folder: string;
  readonly files: Files;
  readonly report: (message: string) => void;
}

const COUNTED_NAME = /^\d{20}-\d{10}$/;

/** Returns the name of a counted snapshot. Names sort as the marks do. */
export function nameOf(mark: Position): string {
  return `${String(mark.seq).padStart(20, "0")}-${String(mark.term).padStart(10, "0")}`;
}

/** Returns a random end of a name, which makes the name unique. */
export function randomTail(): string {
  return randomBytes(6).toString("hex");
}

/** Returns the names of all counted snapshots, newest first, readable or not. */
export async function listCounted({ folder, files }: SnapshotPlace): Promise<string[]> {
  const names = (await files.list(folder)).map((entry) => entry.name);
  return names
    .filter((name) => COUNTED_NAME.test(name))
    .toSorted()
    .toReversed();
}

/**
 * Returns the manifests of all counted snapshots, newest first. An unreadable manifest is reported
 * and left out. Throws `FAILED_PRECONDITION` for one of a newer jflow: to skip it would be to lose
 * its state.
 */
export async function readCounted(place: SnapshotPlace): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const name of await listCounted(place)) {
    const manifest = await tryReading(place, name);
    if (manifest !== undefined) manifests.push(manifest);
  }
  return manifests;
}

/** Returns the first damage of a counted snapshot, or undefined when it is whole. */
export async function findCountedDamage(
  { folder, files }: SnapshotPlace,
  name: string,
): Promise<string | undefined> {
  const path = join(folder, name);
  try {
    return await findDamage(files, path, await readManifest(files, path), "only");
  } catch (error) {
    if (isNewer(error)) throw error;
    return toStorageError(error, "it cannot be read").message;
  }
}

/** Returns the checksums of the files of all counted snapshots, by the identities of the files. */
export async function sumCounted(place: SnapshotPlace): Promise<KnownSums> {
  const known = new Map<string, FileSum>();
  for (const manifest of await readCounted(place)) {
    const name = nameOf(manifest.mark);
    try {
      const sums = await identifySums(place.files, join(place.folder, name), manifest);
      for (const [identity, sum] of sums) known.set(identity, sum);
    } catch (error) {
      place.report(toStorageError(error, `snapshot ${name} is not built upon`).message);
    }
  }
  return known;
}

/**
 * Removes the snapshots that `isObsolete`, and all but the two newest of the others, except any
 * that `isHeld`. An unreadable snapshot is removed only when two newer ones are readable.
 */
export async function removeOutdated(
  place: SnapshotPlace,
  which: {
    readonly isObsolete: (mark: Position) => boolean;
    readonly isHeld: (name: string) => boolean;
  },
): Promise<void> {
  const manifests = await readCounted(place);
  const readable = manifests.map((manifest) => nameOf(manifest.mark));
  const current = manifests
    .filter(({ mark }) => !which.isObsolete(mark))
    .map(({ mark }) => nameOf(mark));
  const kept = current.slice(0, KEPT_SNAPSHOTS);
  const oldestKept = kept[KEPT_SNAPSHOTS - 1] ?? "";
  for (const name of await listCounted(place)) {
    const isOutdated = !kept.includes(name) && (readable.includes(name) || name < oldestKept);
    if (isOutdated && !which.isHeld(name)) await removeCounted(place, name);
  }
}

/** Renames the snapshot first, so that a half removed one never looks like a counted one. */
export async function removeCounted({ folder, files }: SnapshotPlace, name: string): Promise<void> {
  const discarded = join(folder, `discarded-${name}-${randomTail()}`);
  await files.rename(join(folder, name), discarded);
  await files.syncFolder(folder);
  await files.removeTree(discarded);
}

async function tryReading(
  { folder, files, report }: SnapshotPlace,
  name: string,
): Promise<Manifest | undefined> {
  try {
    const manifest = await readManifest(files, join(folder, name));
    if (nameOf(manifest.mark) === name) return manifest;
    report(`snapshot ${name} is skipped: its manifest is of ${nameOf(manifest.mark)}`);
  } catch (error) {
    if (isNewer(error)) throw error;
    report(
      `snapshot ${name} is skipped: its manifest cannot be read: ${toStorageError(error, "reading").message}`,
    );
  }
  return undefined;
}

function isNewer(error: unknown): boolean {
  return error instanceof JflowError && error.code === "FAILED_PRECONDITION";
}
