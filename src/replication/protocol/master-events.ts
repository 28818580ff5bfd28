import type { Position } from "../../model/log.ts";
import type { Announcement, Damage, MembershipAnswer, MembershipRequest } from "./messages.ts";
import type { CopyId, Member, ProcessId } from "./record.ts";

/** What `state.json` holds of one shard. */
export interface PersistedShard {
  readonly term: number;
  readonly inSync: readonly CopyId[];
}

/**
 * What the supervisor starts a shard from. Every process of an earlier supervisor is gone before.
 */
export interface MasterOptions {
  /** `null` when `state.json` holds nothing of this shard. */
  readonly persisted: PersistedShard | null;
  /** How many replicas the deployment should have; they are numbered from 0. */
  readonly replicas: number;
  /**
   * With `durability: async` an operating system's crash may cost acknowledged writes by the user's
   * choice: a copy that lost its tail may then be promoted.
   */
  readonly mayLoseTail: boolean;
}

export type MasterEvent =
  /** A process of a replica was started; it has not said hello. */
  | { readonly type: "processStarted"; readonly processId: ProcessId; readonly replica: number }
  | {
      readonly type: "hello";
      readonly processId: ProcessId;
      readonly copyId: CopyId;
      readonly replica: number;
      readonly empty: boolean;
    }
  /**
   * The process is gone: its exit was seen. `applying` is the record that it was applying, if any
   * (the worker leaves the number in a file).
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
  /** The time of a `wait` is over. */
  | { readonly type: "waitOver" }
  /** The process answers nothing and was found stopped. */
  | { readonly type: "foundStopped"; readonly processId: ProcessId }
  /** A primary counted a snapshot. */
  | { readonly type: "snapshotCounted"; readonly processId: ProcessId; readonly seq: number }
  | { readonly type: "command"; readonly command: MasterCommand };

/** What a user may want. */
export type MasterCommand =
  | { readonly kind: "stop"; readonly replica: number }
  | { readonly kind: "start"; readonly replica: number }
  /**
   * Make that replica the primary although it is outside the in-sync set: what only the others held
   * is lost.
   */
  | { readonly kind: "allocateStale"; readonly replica: number }
  /** Change how many replicas there should be; those numbered higher are struck and stopped. */
  | { readonly kind: "scale"; readonly replicas: number };

export type MasterAction =
  /** Replace the shard's part of `state.json`, fsync, and say `saved`. */
  | { readonly type: "save"; readonly state: PersistedShard }
  /** Kill with SIGKILL; `exited` follows. */
  | { readonly type: "kill"; readonly processId: ProcessId; readonly reason: string }
  | { readonly type: "ask"; readonly processId: ProcessId; readonly term: number }
  | ({
      readonly type: "promote";
      readonly processId: ProcessId;
      readonly inSync: readonly CopyId[];
    } & Announcement)
  | ({ readonly type: "announce"; readonly to: ProcessId } & Announcement)
  | { readonly type: "answer"; readonly to: ProcessId; readonly answer: MembershipAnswer }
  /** Say `waitOver` after that time; a second `wait` replaces the first. */
  | { readonly type: "wait"; readonly afterMs: number }
  /** Do not start this replica until `release`: it died twice applying record `beyond`. */
  | { readonly type: "hold"; readonly replica: number; readonly beyond: number }
  /**
   * Start it again; it discards what it holds first (it is outside the set), so that it is restored
   * from a snapshot.
   */
  | { readonly type: "release"; readonly replica: number }
  /** A command was carried out, or refused with a reason for the user. */
  | {
      readonly type: "commandDone";
      readonly command: MasterCommand;
      readonly refused: string | null;
    };

/** What the supervisor and its users may know of a shard. */
export interface ShardView {
  readonly term: number;
  readonly inSync: readonly CopyId[];
  readonly primary: Member | null;
  readonly phase: ShardPhase;
  readonly copies: readonly CopyView[];
}

/** `refused`: `state.json` knows nothing of the shard, but a copy holds data. */
export type ShardPhase = "waiting" | "electing" | "led" | "red" | "refused";

export interface CopyView {
  readonly replica: number;
  readonly copyId: CopyId | null;
  readonly processId: ProcessId | null;
  readonly inSync: boolean;
  readonly condition: CopyCondition;
}

/**
 * What a replica's process does: none, started without hello, live, being killed, held as failed,
 * stopped by the user.
 */
export type CopyCondition = "gone" | "starting" | "live" | "ending" | "held" | "stopped";
