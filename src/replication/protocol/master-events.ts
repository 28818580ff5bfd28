import type { Position } from "../../model/shard/log.ts";
import type { Announcement, Damage, MembershipAnswer, MembershipRequest } from "./messages.ts";
import type { CopyId, Member, ProcessId } from "./record.ts";

/** The part of one shard in `state.json`. */
export interface PersistedShard {
  readonly term: number;
  readonly inSync: readonly CopyId[];
}

/** The start of a shard in a new supervisor. Every process of an earlier supervisor is gone. */
export interface MasterOptions {
  /** `null` when `state.json` does not contain this shard. */
  readonly persisted: PersistedShard | null;
  /** The number of replicas that the deployment should have, numbered from 0. */
  readonly replicas: number;
  /**
   * Set with `durability: async`. A crash of the operating system may then cost acknowledged
   * writes, so a copy that lost its tail may be promoted.
   */
  readonly mayLoseTail: boolean;
  /** The copies that the workspaces hold at the start, by replica, planned or not. */
  readonly copies?: ReadonlyMap<number, CopyId>;
}

export type MasterEvent =
  /** A process of a replica was started and has not sent hello. */
  | { readonly type: "processStarted"; readonly processId: ProcessId; readonly replica: number }
  | {
      readonly type: "hello";
      readonly processId: ProcessId;
      readonly copyId: CopyId;
      readonly replica: number;
      readonly empty: boolean;
    }
  /**
   * The exit of the process was seen. `applying` is the record that it was applying, if any: the
   * worker leaves the number in a file.
   */
  | { readonly type: "exited"; readonly processId: ProcessId; readonly applying?: number }
  | {
      readonly type: "positionAnswered";
      readonly processId: ProcessId;
      readonly term: number;
      readonly position: Position;
      readonly damage: Damage;
    }
  | { readonly type: "requested"; readonly request: MembershipRequest }
  /** The state of the last `save` is on disk. */
  | { readonly type: "saved"; readonly state: PersistedShard }
  /** The time of a `wait` has passed. */
  | { readonly type: "waitOver" }
  /** The process was found stopped and does not answer. */
  | { readonly type: "foundStopped"; readonly processId: ProcessId }
  /** A primary counted a snapshot. */
  | { readonly type: "snapshotCounted"; readonly processId: ProcessId; readonly seq: number }
  | { readonly type: "command"; readonly command: MasterCommand };

/** A command of a user. */
export type MasterCommand =
  | { readonly kind: "stop"; readonly replica: number }
  | { readonly kind: "start"; readonly replica: number }
  /**
   * Make that replica the primary although it is outside the in-sync set. Writes that only other
   * copies held are lost.
   */
  | { readonly kind: "allocateStale"; readonly replica: number }
  /**
   * Change the number of replicas. Copies with higher numbers are struck, and then killed. The last
   * in-sync copy is never killed: it stays until a copy with a lower number is in-sync.
   */
  | { readonly kind: "scale"; readonly replicas: number };

export type MasterAction =
  /** Replace the part of the shard in `state.json`, fsync it, and report `saved`. */
  | { readonly type: "save"; readonly state: PersistedShard }
  /** Kill with SIGKILL. `exited` follows. */
  | { readonly type: "kill"; readonly processId: ProcessId; readonly reason: string }
  | { readonly type: "ask"; readonly processId: ProcessId; readonly term: number }
  | ({
      readonly type: "promote";
      readonly processId: ProcessId;
      readonly inSync: readonly CopyId[];
    } & Announcement)
  | ({ readonly type: "announce"; readonly to: ProcessId } & Announcement)
  | { readonly type: "answer"; readonly to: ProcessId; readonly answer: MembershipAnswer }
  /** Report `waitOver` after that time. A second `wait` replaces the first. */
  | { readonly type: "wait"; readonly afterMs: number }
  /** Do not start this replica before `release`: it died twice while it applied record `beyond`. */
  | { readonly type: "hold"; readonly replica: number; readonly beyond: number }
  /**
   * Start the replica again. It is outside the set, so it first discards its data and is restored
   * from a snapshot.
   */
  | { readonly type: "release"; readonly replica: number }
  /** A command was performed, or refused with a reason for the user. */
  | {
      readonly type: "commandDone";
      readonly command: MasterCommand;
      readonly refused: string | null;
    };

/** The state of a shard, for the supervisor and its users. */
export interface ShardView {
  readonly term: number;
  readonly inSync: readonly CopyId[];
  readonly primary: Member | null;
  readonly phase: ShardPhase;
  readonly copies: readonly CopyView[];
  /** The replicas that are planned no more, but have to run: only they hold in-sync copies. */
  readonly needed: readonly number[];
}

/** `refused`: `state.json` does not contain the shard, but a copy holds data. */
export type ShardPhase = "waiting" | "electing" | "led" | "red" | "refused";

export interface CopyView {
  readonly replica: number;
  readonly copyId: CopyId | null;
  readonly processId: ProcessId | null;
  readonly inSync: boolean;
  readonly condition: CopyCondition;
}

/**
 * The state of the process of a replica. `gone`: no process. `starting`: no hello yet. `held`: it
 * died twice while it applied one record.
 */
export type CopyCondition = "gone" | "starting" | "live" | "ending" | "held" | "stopped";
