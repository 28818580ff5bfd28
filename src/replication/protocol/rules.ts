import type { Position } from "../../model/shard/log.ts";
import type { MembershipRequest } from "./messages.ts";
import type { CopyId, ProcessId } from "./record.ts";

/**
 * The decisions on which safety depends, one function each, numbered as the rules of
 * `src/replication/PROTOCOL.md`. The product always runs `RULES`. The simulation replaces one
 * function at a time and shows that its invariants notice.
 */
export interface Rules {
  /**
   * Rule 3: how much of the log found at the start counts as fsynced before this process has
   * fsynced it.
   */
  readonly fsyncedAtStart: (base: number, last: number) => number;
  /**
   * Rules 4 and 17: whether a killed process can no longer answer: its exit was seen, not only the
   * signal sent.
   */
  readonly isGone: (isKilled: boolean, isExitSeen: boolean) => boolean;
  /** Rule 5: whether a term may be announced, given the term on disk. */
  readonly mayTell: (term: number, savedTerm: number) => boolean;
  /** Rule 6: the term of a copy after it was asked. */
  readonly termAfterAsking: (ownTerm: number, askedTerm: number) => number;
  /** Rule 8: the members that a new primary waits for. */
  readonly membersToWaitFor: (
    inSync: readonly CopyId[],
    live: readonly CopyId[],
  ) => readonly CopyId[];
  /** Rule 8: whether a primary has applied enough to run writes. */
  readonly hasAppliedEnough: (applied: number, last: number) => boolean;
  /** Rules 10 and 13: whether two positions are the same record. */
  readonly isSameRecord: (left: Position, right: Position) => boolean;
  /** Rule 11: whether new writes may run, given the number of members that have not matched. */
  readonly mayRunWrites: (unmatchedMembers: number) => boolean;
  /** Rule 12: whether an operation is known, so that its repeat does not run. */
  readonly isKnown: (isEntered: boolean, isLogged: boolean) => boolean;
  /**
   * Rule 13: whether a copy takes a message. The term of the sender counts, not the term of the
   * records.
   */
  readonly isFromCurrentSender: (
    sender: { term: number; recordTerms: readonly number[] },
    ownTerm: number,
  ) => boolean;
  /** Rule 15: whether a repeat of a logged write may be answered. */
  readonly mayAnswerRepeat: (seq: number, checkpoint: number) => boolean;
  /**
   * Rule 16: whether a primary may send a membership request, given the number outstanding for that
   * copy.
   */
  readonly mayRequest: (outstanding: number) => boolean;
  /** Rule 17: whether a request comes from the current primary under the current term. */
  readonly isCurrentRequest: (
    request: MembershipRequest,
    term: number,
    primary: ProcessId | null,
  ) => boolean;
  /** Rule 17: whether that copy may be struck: neither the copy of the primary nor the last one. */
  readonly mayStrike: (
    copyId: CopyId,
    inSync: readonly CopyId[],
    primary: CopyId | null,
  ) => boolean;
  /** Rule 19: whether acknowledgements wait for a copy. */
  readonly isWaitedFor: (inSync: boolean, addingAsked: boolean) => boolean;
  /** Rule 19: whether a copy holds enough to be added. */
  readonly isCaughtUp: (position: number, checkpoint: number, inherited: number) => boolean;
  /** Rule 21: whether a copy that has to discard records is struck first or restored at once. */
  readonly whenDiverged: (inSync: boolean) => "strike" | "restore";
  /** Rule 22: whether a pending snapshot counts. */
  readonly mayCountSnapshot: (seq: number, checkpoint: number) => boolean;
  /** Rule 22: whether a snapshot may be taken, given that the executor runs or applies a write. */
  readonly maySnapshot: (isRunningOrApplying: boolean) => boolean;
  /** Rule 23: whether "struck" concerns the process that the primary knows now. */
  readonly wasKilled: (processId: ProcessId, killed: readonly ProcessId[]) => boolean;
  /**
   * Rule 23: whether the message of a copy concerns the process and stream that the primary knows
   * now.
   */
  readonly isCurrentAnswer: (answer: StreamOfProcess, known: StreamOfProcess) => boolean;
}

/** One stream from a primary to one process of a copy. */
interface StreamOfProcess {
  readonly processId: ProcessId | null;
  readonly stream: number;
}

export const RULES: Rules = {
  fsyncedAtStart: (base) => base,
  isGone: (_, isExitSeen) => isExitSeen,
  mayTell: (term, savedTerm) => savedTerm >= term,
  termAfterAsking: (ownTerm, askedTerm) => Math.max(ownTerm, askedTerm),
  membersToWaitFor: (inSync) => inSync,
  hasAppliedEnough: (applied, last) => applied === last,
  isSameRecord: (left, right) => left.seq === right.seq && left.term === right.term,
  mayRunWrites: (unmatchedMembers) => unmatchedMembers === 0,
  isKnown: (isEntered, isLogged) => isEntered || isLogged,
  isFromCurrentSender: (sender, ownTerm) => sender.term >= ownTerm,
  mayAnswerRepeat: (seq, checkpoint) => seq <= checkpoint,
  mayRequest: (outstanding) => outstanding === 0,
  isCurrentRequest: (request, term, primary) =>
    request.term === term && request.primary === primary,
  mayStrike: (copyId, inSync, primary) =>
    copyId !== primary && inSync.some((member) => member !== copyId),
  isWaitedFor: (inSync, addingAsked) => inSync || addingAsked,
  isCaughtUp: (position, checkpoint, inherited) => position >= Math.max(checkpoint, inherited),
  whenDiverged: (inSync) => (inSync ? "strike" : "restore"),
  mayCountSnapshot: (seq, checkpoint) => seq <= checkpoint,
  maySnapshot: (isRunningOrApplying) => !isRunningOrApplying,
  wasKilled: (processId, killed) => killed.includes(processId),
  isCurrentAnswer: (answer, known) =>
    answer.processId === known.processId && answer.stream === known.stream,
};
