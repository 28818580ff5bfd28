/** The door of the storage room: the write-ahead log and the snapshots of one replica. */
export type { Durability } from "./log/disk-log.ts";
export { nodeFiles } from "./files.ts";
export type { Files, FolderEntry, OpenFile } from "./files.ts";
export type { Log, LogRecord } from "./log/log.ts";
export { memoryLog } from "./log/memory-log.ts";
export { openLog } from "./log/open-log.ts";
export type { CutTail, LogOptions, OpenedLog } from "./log/open-log.ts";
export type {
  CountedSnapshot,
  PendingSnapshot,
  ReceivingSnapshot,
  Snapshots,
} from "./snapshots/snapshot.ts";
export { openSnapshots } from "./snapshots/snapshots.ts";
export type { SnapshotOptions } from "./snapshots/snapshots.ts";
export { openWorkspace } from "./workspace.ts";
export type { Workspace } from "./workspace.ts";
