import type { OperationId, Outcome, Position } from "../../model/shard/log.ts";
import type { MembershipRequest } from "../protocol/messages.ts";
import type { CopyId, ProcessId, SnapshotHead, Ticket } from "../protocol/record.ts";

/** The state that only a primary has. */
export interface Leadership {
  /** `P`: the last record of its log at the promotion. */
  readonly inherited: Position;
  /** The in-sync set as the supervisor last announced it, the copy of the primary included. */
  readonly inSync: Set<CopyId>;
  /** Every other copy that is in the set or has a live process. */
  readonly members: Map<CopyId, TrackedCopy>;
  /** Writes whose id is entered and that have not begun to run, in order. */
  readonly entered: EnteredWrite[];
  /** The requests that wait for a logged write, by operation id, in the order of the log. */
  readonly waiting: Map<OperationId, WaitingWrite>;
  revision: number;
  replicas: number;
  /** The copies that are planned no more. */
  leaving: ReadonlySet<CopyId>;
  /**
   * The number of members struck so far. An answer states how many were struck while its write was
   * under way.
   */
  struckCount: number;
  turn: SnapshotTurn | null;
  /**
   * The end of the last attempt at an own snapshot. No snapshot is due before the log has passed
   * this number.
   */
  ownSnapshotTried: number;
}

/** A write that waits to run. A write gets its sequence number after it has run. */
export interface EnteredWrite {
  readonly operationId: OperationId;
  readonly bytes: number;
  readonly payload: unknown;
  readonly tickets: Ticket[];
}

export interface WaitingWrite {
  readonly operationId: OperationId;
  readonly seq: number;
  readonly outcome: Outcome;
  readonly tickets: Ticket[];
  readonly struckBefore: number;
}

/**
 * The copy whose turn it is to take a snapshot. `isAtIt` is set once the copy has reported the
 * snapshot.
 */
interface SnapshotTurn {
  readonly copyId: CopyId;
  readonly processId: ProcessId;
  isAtIt: boolean;
}

export interface TrackedCopy {
  readonly copyId: CopyId;
  /**
   * Counts the greetings, losses and restores of this copy, so that an answer to an earlier stream
   * is recognized.
   */
  stream: number;
  phase: CopyPhase;
  isLinked: boolean;
  /** The request to the supervisor that is under way. */
  request: MembershipRequest | null;
  /**
   * The number of outstanding answers. It exceeds one only in the simulation, if rule 16 is left
   * out.
   */
  outstanding: number;
  /** The reason for which the copy has to be struck, if any. */
  strikeReason: string | null;
  /** The process whose addition was refused. The primary does not ask for it again. */
  refusedProcess: ProcessId | null;
  snapshot: SnapshotHead | null;
  snapshotTried: number;
  /** The last progress that it reported, while it owed an answer. */
  progress: number;
  /** The subject of the timer of the copy. `null` when the copy owes nothing. */
  expectation: string | null;
}

/** The progress of the primary with the newest process of a copy. */
export type CopyPhase =
  | { readonly kind: "absent" }
  | { readonly kind: "connecting"; readonly processId: ProcessId }
  | { readonly kind: "greeted"; readonly processId: ProcessId }
  | {
      readonly kind: "streaming";
      readonly processId: ProcessId;
      position: number;
      next: number;
      sentCheckpoint: number;
    }
  | { readonly kind: "restoring"; readonly processId: ProcessId }
  /** The copy cannot follow as a member of the set, and is being struck. */
  | { readonly kind: "rejected"; readonly processId: ProcessId };

/** `inherited` is the position of the last record of its log. */
export function makeLeadership(inherited: Position, inSync: readonly CopyId[]): Leadership {
  return {
    inherited: { seq: inherited.seq, term: inherited.term },
    inSync: new Set(inSync),
    members: new Map(),
    entered: [],
    waiting: new Map(),
    revision: -1,
    replicas: 0,
    leaving: new Set(),
    struckCount: 0,
    turn: null,
    ownSnapshotTried: 0,
  };
}

export function processOf(phase: CopyPhase): ProcessId | null {
  return phase.kind === "absent" ? null : phase.processId;
}

export function trackCopy(lead: Leadership, copyId: CopyId): TrackedCopy {
  const known = lead.members.get(copyId);
  if (known) return known;
  const copy: TrackedCopy = {
    copyId,
    stream: 0,
    phase: { kind: "absent" },
    isLinked: false,
    request: null,
    outstanding: 0,
    strikeReason: null,
    refusedProcess: null,
    snapshot: null,
    snapshotTried: 0,
    progress: 0,
    expectation: null,
  };
  lead.members.set(copyId, copy);
  return copy;
}
