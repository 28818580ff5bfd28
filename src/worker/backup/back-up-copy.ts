import { cp } from "node:fs/promises";
import type { Position } from "../../model/shard/log.ts";
import { NEVER_CANCELLED } from "../../wire/cancellation.ts";
import { JflowError } from "../../util/errors.ts";
import { removeFolder } from "../../util/files/remove-folder.ts";
import {
  openLog,
  Snapshots,
  Workspace,
  type CountedSnapshot,
  type Log,
  type LogRecord,
} from "../../storage/storage.ts";
import type { RecoveredCopy } from "../disk/recover-copy.ts";
import { findStagedBackup } from "../disk/staged-backup.ts";
import { readRestored } from "../disk/write-payload.ts";

/** New snapshots may trim the log during a backup. Each attempt starts with the newest one. */
const ATTEMPTS = 5;
const BATCH_BYTES = 4 * 1024 * 1024;

type Source = Pick<RecoveredCopy, "workspace" | "snapshotStore" | "log">;

/**
 * Writes a backup of a copy into `folder`: a workspace with the newest counted snapshot and the
 * records after it, up to `checkpoint`. Reads files only, so writes and reads continue. Returns the
 * position of the last write in the backup, which is on disk then. Throws `ALREADY_EXISTS` if the
 * folder holds a copy, and what the storage throws.
 */
export async function backUpCopy(
  source: Source,
  checkpoint: () => number,
  folder: string,
): Promise<Position> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryBackUp(source, checkpoint(), folder);
    } catch (error) {
      const isTrimmed = error instanceof JflowError && error.code === "NOT_FOUND";
      if (!isTrimmed || attempt === ATTEMPTS) throw error;
      await removeFolder(folder);
    }
  }
}

async function tryBackUp(source: Source, upTo: number, folder: string): Promise<Position> {
  const workspace = await Workspace.open(folder);
  if (!workspace.isNew)
    throw new JflowError("ALREADY_EXISTS", `${folder} already holds a copy of a shard`);
  const base = await copySnapshot(source, upTo, workspace);
  const { log } = await openLog(workspace.logFolder, { durability: "request" });
  try {
    if (base.seq > 0) await log.reset(base);
    while (log.last.seq < upTo) {
      const records = await source.log.read(log.last.seq + 1, upTo, BATCH_BYTES);
      if (records.length === 0) break;
      await append(source, records, { workspace, log });
    }
    await workspace.recordCheckpoint(log.last.seq);
    return log.last;
  } finally {
    await log.close();
  }
}

/** Copies the newest snapshot that the checkpoint has reached. Returns its mark. */
async function copySnapshot(
  { snapshotStore }: Source,
  upTo: number,
  workspace: Workspace,
): Promise<Position> {
  const newest = (await snapshotStore.listCounted()).find(({ mark }) => mark.seq <= upTo);
  if (newest === undefined) return { seq: 0, term: 0 };
  const snapshots = await openSnapshots(workspace);
  const receiving = await snapshots.receive();
  try {
    for await (const chunk of snapshotStore.send(newest.mark, NEVER_CANCELLED))
      await receiving.write(chunk);
  } catch (error) {
    await receiving.discard();
    throw error;
  }
  return (await receiving.finish()).mark;
}

/**
 * Appends records. A restore replaces everything before it: the backup then starts from the staged
 * backup, which the restore loaded.
 */
async function append(
  source: Source,
  records: readonly LogRecord[],
  into: { workspace: Workspace; log: Log },
): Promise<void> {
  const at = records.findLastIndex(
    ({ payload, outcome }) => outcome.kind === "done" && readRestored(payload) !== undefined,
  );
  if (at >= 0) {
    const restore = records[at]!;
    const name = readRestored(restore.payload)!;
    const staged = await findStagedBackup(source.workspace.folder, name);
    await placeSnapshot(staged, restore, into.workspace);
    await into.log.reset(restore);
  }
  into.log.append(records.slice(at + 1));
  await into.log.sync();
}

/** Replaces all snapshots of a workspace by a copy of another one, with the given mark. */
async function placeSnapshot(
  staged: CountedSnapshot,
  { seq, term }: Position,
  workspace: Workspace,
): Promise<void> {
  const snapshots = await openSnapshots(workspace);
  await snapshots.clear();
  const pending = await snapshots.begin({ seq, term });
  await cp(staged.path, pending.path, { recursive: true });
  await pending.finish(await staged.readExtra());
  await snapshots.count(pending);
}

function openSnapshots(workspace: Workspace): Promise<Snapshots> {
  return Snapshots.open(workspace.snapshotsFolder, { report: () => undefined });
}
