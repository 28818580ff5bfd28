import type { CopyNotice } from "../../replication/replication.ts";

/** The reports of a copy to the rest of its worker. */
export interface CopyReports {
  /** The log is replayed and on disk. */
  recovered(): void;
  notifyMaster(notice: CopyNotice): void;
  /** The copy entered or left the read rotation. */
  rotationChanged(): void;
  /** A message for the user. */
  notice(text: string): void;
  /** The disk failed under the log: the process must end. */
  diskFailed(error: unknown): void;
  /** The copy must not continue. */
  died(reason: string): void;
}
