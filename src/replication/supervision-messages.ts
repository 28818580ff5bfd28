import type { CopyAction, CopyEvent } from "./copy-events.ts";

/** What the supervisor tells a copy, as it is handed to the copy's machine: the `message` of a `replication` order on `Attend`. */
export type MasterToCopy = Extract<CopyEvent, { type: "asked" | "promoted" | "members" | "answered" }>;

/** What a copy tells the supervisor: the `message` of a `replication` report on `Attend`. */
export type CopyToMaster =
  | Extract<CopyAction, { type: "answerPosition" | "request" }>
  /** A primary counted a snapshot. */
  | { readonly type: "snapshotCounted"; readonly seq: number };

/**
 * A file of the workspace that holds, as decimal text, the sequence number of the record being applied; empty or absent at other times. The
 * supervisor reads it once the process is gone (`MasterEvent` `exited`).
 */
export const APPLYING_FILE = "applying";
