import type { Position } from "../../model/log.ts";
import type { MembershipRequest } from "./messages.ts";
import type { CopyId, ProcessId } from "./record.ts";

/**
 * The decisions on which safety hangs, one function each, numbered as the rules of the protocol.
 * The product always runs `RULES`; the simulation replaces one at a time to show that its
 * invariants notice.
 */
export interface Rules {
  /** 3: how much of the log found at start counts as fsynced before it has been fsynced here. */
  readonly fsyncedAtStart: (base: number, last: number) => number;
  /**
   * 4 and 17: whether a process that was to be killed can answer nobody any more: its exit was
   * seen, not only the signal sent.
   */
  readonly isGone: (isKilled: boolean, isExitSeen: boolean) => boolean;
  /** 5: whether anybody may hear of a term, given the one on disk. */
  readonly mayTell: (term: number, savedTerm: number) => boolean;
  /** 6: the term of a copy after it was asked. */
  readonly termAfterAsking: (ownTerm: number, askedTerm: number) => number;
  /** 8: the members that a new primary waits for. */
  readonly membersToWaitFor: (
    inSync: readonly CopyId[],
    live: readonly CopyId[],
  ) => readonly CopyId[];
  /** 8: whether a primary has applied enough to run writes. */
  readonly hasAppliedEnough: (applied: number, last: number) => boolean;
  /** 10 and 13: whether two positions are one record. */
  readonly isSameRecord: (left: Position, right: Position) => boolean;
  /** 11: whether new writes may run, given the members that have not matched. */
  readonly mayRunWrites: (unmatchedMembers: number) => boolean;
  /** 12: whether an operation is known, so that its repeat does not run. */
  readonly isKnown: (isEntered: boolean, isLogged: boolean) => boolean;
  /** 13: whether a copy listens to a message: the sender's term counts, not that of the records. */
  readonly isFromCurrentSender: (
    sender: { term: number; recordTerms: readonly number[] },
    ownTerm: number,
  ) => boolean;
  /** 15: whether a repeat of a logged write may be answered. */
  readonly mayAnswerRepeat: (seq: number, checkpoint: number) => boolean;
  /** 16: whether a primary may send a membership request, given those outstanding for that copy. */
  readonly mayRequest: (outstanding: number) => boolean;
  /** 17: whether a request comes from the primary that is, under the term that is. */
  readonly isCurrentRequest: (
    request: MembershipRequest,
    term: number,
    primary: ProcessId | null,
  ) => boolean;
  /** 17: whether that copy may be struck: not the primary's own, and not the last. */
  readonly mayStrike: (
    copyId: CopyId,
    inSync: readonly CopyId[],
    primary: CopyId | null,
  ) => boolean;
  /** 19: whether acknowledgements wait for a copy. */
  readonly isWaitedFor: (inSync: boolean, addingAsked: boolean) => boolean;
  /** 19: whether a copy holds enough to be added. */
  readonly isCaughtUp: (position: number, checkpoint: number, inherited: number) => boolean;
  /** 21: what becomes of a copy that has to discard records. */
  readonly whenDiverged: (inSync: boolean) => "strike" | "restore";
  /** 22: whether a pending snapshot counts. */
  readonly mayCountSnapshot: (seq: number, checkpoint: number) => boolean;
  /** 22: whether a snapshot may be taken, given what the executor is at. */
  readonly maySnapshot: (isRunningOrApplying: boolean) => boolean;
  /** 23: whether "struck" is about the process that the primary knows now. */
  readonly wasKilled: (processId: ProcessId, killed: readonly ProcessId[]) => boolean;
  /** 23: whether a copy's message is about the process and stream that the primary knows now. */
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
