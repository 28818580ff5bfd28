export { Copy } from "./copy.ts";
export type { CopyAction, CopyEvent, CopyOptions, RefusalReason } from "./protocol/copy-events.ts";
export { Master } from "./master.ts";
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
} from "./protocol/master-events.ts";
export type {
  Announcement,
  Damage,
  CopyMessage,
  MembershipAnswer,
  MembershipRequest,
  PrimaryMessage,
} from "./protocol/messages.ts";
export type {
  CopyId,
  CopyRecord,
  LoggedOperation,
  Member,
  ProcessId,
  SnapshotHead,
  Ticket,
} from "./protocol/record.ts";
export type { CopyNotice, CopyCommand, Targets } from "./protocol/control-messages.ts";
export type { Rules } from "./protocol/rules.ts";
export { RULES } from "./protocol/rules.ts";
export { maxLogBytes } from "./state/costs.ts";
