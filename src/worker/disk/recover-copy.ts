import type { Position } from "../../model/log.ts";
import { performance } from "node:perf_hooks";
import { JflowError } from "../../util/errors.ts";
import type { Durability } from "../../model/replica.ts";
import type { CopyOptions, LoggedOperation } from "../../replication/replication.ts";
import {
  openLog,
  openWorkspace,
  type CountedSnapshot,
  type Log,
  type Workspace,
} from "../../storage/storage.ts";
import { setAside } from "../../util/files/set-aside.ts";
import { ExecutorHost, type ExecutorOptions } from "../executor/executor-host.ts";
import { History } from "./history.ts";
import { ON_DISK, type PayloadHandle } from "./payload-handle.ts";
import { RecordLog } from "./record-log.ts";
import { decodeExtra } from "./snapshot-extra.ts";
import { SnapshotStore } from "./snapshot-store.ts";

/** What a copy is made of, found on disk and in the executor's memory. */
export interface RecoveredCopy {
  readonly workspace: Workspace;
  readonly log: RecordLog;
  readonly snapshotStore: SnapshotStore;
  readonly host: ExecutorHost;
  readonly history: History;
  /** What the decisions start from, but for the process id. */
  readonly found: Omit<CopyOptions<PayloadHandle>, "processId">;
}

export interface RecoveryOptions {
  /** The workspace's folder. */
  readonly folder: string;
  readonly durability: Durability;
  readonly executorOptions: ExecutorOptions;
  readonly notice: (text: string) => void;
  /** Data that is damaged is left where it is, and the damage is thrown: for whoever only reads. */
  readonly keepsDamage?: boolean;
}

/**
 * Opens a copy's workspace, loads its newest whole snapshot into the executor, and opens the log;
 * replaying it is the next step, not done here. Data that is damaged is moved aside whole, never
 * removed, and the copy starts anew under another id: it is then restored from the others. Throws
 * what the executor throws, what the file system says, and `DATA_LOSS` where damage is kept.
 */
export async function recoverCopy(options: RecoveryOptions): Promise<RecoveredCopy> {
  const disk = await openOrSetAside(options);
  const { workspace, log, snapshotStore, snapshots } = disk;
  const executorOptions = {
    ...options.executorOptions,
    place: { ...options.executorOptions.place, workspace: workspace.executorFolder },
  };
  const host = await ExecutorHost.open(executorOptions);
  const history = new History();
  const operations = await loadNewest(disk, host, history);
  const base = snapshots.at(-1)?.mark ?? { seq: 0, term: 0 };
  const heads = log.heads().filter((head) => head.seq > base.seq);
  const records = heads.map((head) => ({ ...head, payload: ON_DISK }));
  return {
    workspace,
    log: new RecordLog(log),
    snapshotStore,
    host,
    history,
    found: {
      copyId: workspace.copyId,
      base,
      records,
      snapshots: snapshots.map((snapshot) => snapshotStore.headOf(snapshot)),
      operations,
      checkpoint: workspace.recordedCheckpoint,
    },
  };
}

interface OpenedDisk {
  readonly workspace: Workspace;
  readonly log: Log;
  readonly snapshotStore: SnapshotStore;
  /** Whole, and with every record after them in the log; newest first. */
  readonly snapshots: readonly CountedSnapshot[];
}

async function openOrSetAside(options: RecoveryOptions): Promise<OpenedDisk> {
  try {
    return await openDisk(options);
  } catch (error) {
    if (!(error instanceof JflowError) || error.code !== "DATA_LOSS" || options.keepsDamage)
      throw error;
    const aside = (await setAside(options.folder, "damaged")) ?? options.folder;
    options.notice(
      `${error.message}. Its files are kept in ${aside}; the copy starts anew and is restored from another one`,
    );
    return openDisk(options);
  }
}

async function openDisk({ folder, durability, notice }: RecoveryOptions): Promise<OpenedDisk> {
  const workspace = await openWorkspace(folder);
  const snapshotStore = await SnapshotStore.open(workspace.snapshotsFolder, { report: notice });
  const { log, cut } = await openLog(workspace.logFolder, { durability });
  if (cut !== undefined)
    notice(`${folder}: ${cut.bytes} bytes at the end of the log were cut: ${cut.reason}`);
  try {
    const whole = await snapshotStore.listWhole();
    return { workspace, log, snapshotStore, snapshots: await fitLog(log, whole) };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/**
 * The snapshots from which the log goes on. Where it goes on from none, the newest snapshot alone
 * is the state: a crash came between storing a fetched snapshot and discarding the log. Without any
 * snapshot a log that was trimmed is no state. Throws `DATA_LOSS` then.
 */
async function fitLog(
  log: Log,
  whole: readonly CountedSnapshot[],
): Promise<readonly CountedSnapshot[]> {
  const [newest] = whole;
  if (newest === undefined) {
    if (log.first === 1) return [];
    throw new JflowError(
      "DATA_LOSS",
      `no snapshot is whole, and the log begins only with record ${log.first}`,
    );
  }
  if (goesOn(log, newest.mark))
    return whole.filter((snapshot) => snapshot.mark.seq >= log.first - 1);
  await log.reset(newest.mark);
  return [newest];
}

/** Whether the log holds the snapshot's last record, or begins right behind it. */
function goesOn(log: Log, mark: Position): boolean {
  if (mark.seq === log.last.seq) return mark.term === log.last.term;
  if (mark.seq > log.last.seq || mark.seq < log.first - 1) return false;
  if (mark.seq === log.first - 1) return true;
  return log.heads().find((head) => head.seq === mark.seq)?.term === mark.term;
}

/** Loads the newest snapshot into the executor; returns the operation ids that it holds. */
async function loadNewest(
  disk: OpenedDisk,
  host: ExecutorHost,
  history: History,
): Promise<readonly LoggedOperation[]> {
  const [newest] = disk.snapshots;
  if (newest === undefined) return [];
  const extra = decodeExtra(await newest.readExtra());
  const start = performance.now();
  await host.instance.restore?.(newest.path);
  disk.snapshotStore.loadMs = performance.now() - start;
  history.reset({ seq: newest.mark.seq, hash: extra.history });
  return extra.operations;
}
