export type { Copy } from "./copy.ts";
export { openCopy } from "./copy.ts";
export type { CopyAction, CopyEvent, CopyOptions, RefusalReason } from "./copy-events.ts";
export type { Master } from "./master.ts";
export { openMaster } from "./master.ts";
export type {
  CopyCondition,
  CopyView,
  MasterAction,
  MasterCommand,
  MasterEvent,
  MasterOptions,
  PersistedShard,
  ShardPhase,
  ShardView,
} from "./master-events.ts";
export type {
  Announcement,
  Blemish,
  CopyMessage,
  MembershipAnswer,
  MembershipRequest,
  PrimaryMessage,
} from "./messages.ts";
export type {
  CopyId,
  CopyRecord,
  LoggedOperation,
  Member,
  ProcessId,
  SnapshotHead,
  Ticket,
} from "./record.ts";
export type { CopyNotice, CopyCommand, Targets } from "./control-messages.ts";
export type { Rules } from "./rules.ts";
export { RULES } from "./rules.ts";
