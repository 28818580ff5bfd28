import type { Position } from "../../model/log.ts";
import type { Announcement, Damage, MembershipAnswer, MembershipRequest } from "./messages.ts";
import type { CopyId, ProcessId } from "./record.ts";

/**
 * Where the live processes of a shard listen, as `host:port`: what the links between copies connect
 * to.
 */
export type Targets = Readonly<Record<ProcessId, string>>;

/**
 * The commands of the supervisor to a copy, over its session: actions of the master, with what a
 * worker needs to carry them out.
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
 * What a copy reports to the supervisor over its session. The subject is the process of the session.
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
