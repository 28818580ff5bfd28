import type { CopyNotice } from "../../replication/replication.ts";

/** What a copy says to the rest of its worker. */
export interface CopyReports {
  /** The log is replayed and on disk. */
  recovered(): void;
  notifyMaster(notice: CopyNotice): void;
  /** It entered or left the read rotation. */
  rotationChanged(): void;
  /** A sentence for the user. */
  notice(text: string): void;
  /** The disk failed under the log: the process must end. */
  diskFailed(error: unknown): void;
  /** The copy must not go on. */
  died(reason: string): void;
}
