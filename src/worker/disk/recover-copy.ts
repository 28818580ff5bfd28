import type { Position } from "../../model/shard/log.ts";
import { performance } from "node:perf_hooks";
import { JflowError } from "../../util/errors.ts";
import type { Durability } from "../../model/replica.ts";
import type { CopyOptions, LoggedOperation } from "../../replication/replication.ts";
import { openLog, type CountedSnapshot, type Log, Workspace } from "../../storage/storage.ts";
import { setAside } from "../../util/files/set-aside.ts";
import { ExecutorHost, type ExecutorOptions } from "../executor/executor-host.ts";
import { History } from "./history.ts";
import { ON_DISK, type PayloadHandle } from "./payload-handle.ts";
import { RecordLog } from "./record-log.ts";
import { decodeExtra } from "./snapshot-extra.ts";
import { SnapshotStore } from "./snapshot-store.ts";

/** The parts of a copy, found on disk and in the memory of the executor. */
export interface RecoveredCopy {
  readonly workspace: Workspace;
  readonly log: RecordLog;
  readonly snapshotStore: SnapshotStore;
  readonly host: ExecutorHost;
  readonly history: History;
  /** The start of the decisions, without the process id. */
  readonly found: Omit<CopyOptions<PayloadHandle>, "processId">;
}

export interface RecoveryOptions {
  /** The workspace's folder. */
  readonly folder: string;
  readonly durability: Durability;
  readonly executorOptions: ExecutorOptions;
  readonly notice: (text: string) => void;
  /** Leaves damaged data in place and throws the error. Set for tasks that only read. */
  readonly keepsDamage?: boolean;
}

/**
 * Opens the workspace of a copy, loads its newest whole snapshot into the executor, and opens the
 * log. The replay of the log is the next step. Damaged data is moved aside as a whole and kept. The
 * copy then starts empty under another id, and is restored from the other copies. Throws what the
 * executor and the file system throw, and `DATA_LOSS` if `keepsDamage` is set.
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
  /** Whole snapshots with every record after them in the log, newest first. */
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
      `${error.message}. Its files are kept in ${aside}. The copy starts empty and is restored from another copy`,
    );
    return openDisk(options);
  }
}

async function openDisk({ folder, durability, notice }: RecoveryOptions): Promise<OpenedDisk> {
  const workspace = await Workspace.open(folder);
  const snapshotStore = await SnapshotStore.open(workspace.snapshotsFolder, { report: notice });
  const { log, cut } = await openLog(workspace.logFolder, { durability });
  if (cut !== undefined)
    notice(`${folder}: cut ${cut.bytes} bytes at the end of the log: ${cut.reason}`);
  try {
    const whole = await snapshotStore.listWhole();
    return { workspace, log, snapshotStore, snapshots: await fitLog(log, whole) };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/**
 * Returns the snapshots from which the log continues. If the log continues from no snapshot, the
 * newest snapshot alone is the state: a crash came between storing a fetched snapshot and
 * discarding the log. Throws `DATA_LOSS` if no snapshot is whole and the log is trimmed.
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
      `no snapshot is whole, and the log begins at record ${log.first}`,
    );
  }
  if (continuesFrom(log, newest.mark))
    return whole.filter((snapshot) => snapshot.mark.seq >= log.first - 1);
  await log.reset(newest.mark);
  return [newest];
}

/** Returns whether the log holds the last record of the snapshot, or begins right after it. */
function continuesFrom(log: Log, mark: Position): boolean {
  if (mark.seq === log.last.seq) return mark.term === log.last.term;
  if (mark.seq > log.last.seq || mark.seq < log.first - 1) return false;
  if (mark.seq === log.first - 1) return true;
  return log.heads().find((head) => head.seq === mark.seq)?.term === mark.term;
}

/** Loads the newest snapshot into the executor. Returns the operation ids in it. */
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
