/** The entry file of storage: the write-ahead log and the snapshots of one replica. */
export { nodeFiles } from "./files/files.ts";
export type { Files, FolderEntry, OpenFile } from "./files/files.ts";
export type { Log, LogRecord } from "./log/log.ts";
export { MemoryLog } from "./log/memory-log.ts";
export { openLog } from "./log/open-log.ts";
export type { CutTail, LogOptions, OpenedLog } from "./log/open-log.ts";
export type { CountedSnapshot, PendingSnapshot, ReceivingSnapshot } from "./snapshots/snapshot.ts";
export { Snapshots } from "./snapshots/snapshots.ts";
export type { SnapshotOptions } from "./snapshots/snapshots.ts";
export { Workspace } from "./workspace.ts";
