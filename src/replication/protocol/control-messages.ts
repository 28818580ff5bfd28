import type { Position } from "../../model/shard/log.ts";
import type { Announcement, Damage, MembershipAnswer, MembershipRequest } from "./messages.ts";
import type { CopyId, ProcessId } from "./record.ts";

/**
 * The addresses of the live processes of a shard, as `host:port`. Links between copies connect to
 * them.
 */
export type Targets = Readonly<Record<ProcessId, string>>;

/**
 * A command of the supervisor to a copy, over its session: an action of the master, with the
 * addresses that a worker needs to perform it.
 */
export type CopyCommand =
  | { readonly type: "ask"; readonly term: number }
  | ({
      readonly type: "promote";
      readonly inSync: readonly CopyId[];
      readonly targets: Targets;
    } & Announcement)
  | ({ readonly type: "announce"; readonly targets: Targets } & Announcement)
  | { readonly type: "answer"; readonly answer: MembershipAnswer };

/**
 * A report of a copy to the supervisor, over its session. The subject is the process of the
 * session.
 */
export type CopyNotice =
  | {
      readonly type: "positionAnswered";
      readonly term: number;
      readonly position: Position;
      readonly damage: Damage;
    }
  | { readonly type: "requested"; readonly request: MembershipRequest }
  /** A snapshot was counted here. */
  | { readonly type: "snapshotCounted"; readonly seq: number };
