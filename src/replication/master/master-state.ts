import type { Position } from "../../model/log.ts";
import type { MasterAction, MasterOptions, PersistedShard } from "../protocol/master-events.ts";
import type { Announcement, Damage, MembershipRequest } from "../protocol/messages.ts";
import type { CopyId, Member, ProcessId } from "../protocol/record.ts";
import type { Rules } from "../protocol/rules.ts";

/** A process of the shard that was started and has not been seen to exit. */
export interface TrackedProcess {
  readonly processId: ProcessId;
  readonly replica: number;
  /** `null` until its hello. */
  copyId: CopyId | null;
  isEmpty: boolean;
  isEnding: boolean;
}

interface PromotedProcess extends Member {
  readonly term: number;
}

/** The one thing that the supervisor does for the shard. */
type Job =
  | { readonly kind: "none" }
  /**
   * The term is on its way to the disk, and with it a new set where there was none or the user
   * chose another.
   */
  | { readonly kind: "savingTerm"; readonly term: number; readonly isForced: boolean }
  | {
      readonly kind: "asking";
      readonly term: number;
      readonly isForced: boolean;
      readonly asked: Map<ProcessId, AskedPosition | null>;
    }
  | { readonly kind: "savingStrike"; readonly request: MembershipRequest }
  | {
      readonly kind: "killingStruck";
      readonly request: MembershipRequest;
      readonly killed: readonly ProcessId[];
    }
  | { readonly kind: "savingAdd"; readonly request: MembershipRequest };

export interface AskedPosition {
  readonly position: Position;
  readonly damage: Damage;
}

/** Everything the supervisor knows of one shard. */
export interface MasterState {
  readonly rules: Rules;
  readonly mayLoseTail: boolean;
  /** What is on disk. */
  saved: PersistedShard | null;
  replicas: number;
  readonly processes: Map<ProcessId, TrackedProcess>;
  /** Until its exit is seen. */
  primary: PromotedProcess | null;
  /** Whether all of the set is given time to come back. */
  isWaiting: boolean;
  /** Replicas whose process died without a hello since the waiting began. */
  readonly failed: Set<number>;
  readonly stopped: Set<number>;
  /** Replicas that died twice applying the same record, and that record. */
  readonly held: Map<number, number>;
  /** The record that a replica died applying last. */
  readonly diedApplying: Map<number, number>;
  /** The copy that a replica held when it last said hello. */
  readonly copyOfReplica: Map<number, CopyId>;
  /** The newest snapshot that the primary has counted. */
  primarySnapshot: number;
  /** No asked copy could be promoted; nothing is tried again before something changes. */
  isStuck: boolean;
  job: Job;
  readonly requests: MembershipRequest[];
  revision: number;
  isAnnouncementDue: boolean;
  actions: MasterAction[];
}

export function makeMasterState(options: MasterOptions, rules: Rules): MasterState {
  return {
    rules,
    mayLoseTail: options.mayLoseTail,
    saved: options.persisted,
    replicas: options.replicas,
    processes: new Map(),
    primary: null,
    isWaiting: true,
    failed: new Set(),
    stopped: new Set(),
    held: new Map(),
    diedApplying: new Map(),
    copyOfReplica: new Map(),
    primarySnapshot: 0,
    isStuck: false,
    job: { kind: "none" },
    requests: [],
    revision: 0,
    isAnnouncementDue: false,
    actions: [],
  };
}

export function act(state: MasterState, action: MasterAction): void {
  state.actions.push(action);
}

/** The processes that have said hello and are not being killed. */
export function liveProcesses(state: MasterState): readonly TrackedProcess[] {
  return [...state.processes.values()].filter(
    (process) => process.copyId !== null && !process.isEnding,
  );
}

export function isInSync(state: MasterState, copyId: CopyId | null): boolean {
  return copyId !== null && (state.saved?.inSync.includes(copyId) ?? false);
}

/** Whether the process can answer nobody any more. */
export function isGone(state: MasterState, processId: ProcessId): boolean {
  const process = state.processes.get(processId);
  return state.rules.isGone(process?.isEnding ?? false, process === undefined);
}

/** Kills a process; its exit is still to be seen. */
export function kill(state: MasterState, process: TrackedProcess, reason: string): void {
  if (process.isEnding) return;
  process.isEnding = true;
  act(state, { type: "kill", processId: process.processId, reason });
}

/** Which processes a primary should know of now. */
export function makeAnnouncement(state: MasterState, term: number): Announcement {
  state.revision += 1;
  state.isAnnouncementDue = false;
  const live = liveProcesses(state).map(({ copyId, processId }) => ({
    copyId: copyId!,
    processId,
  }));
  return { term, revision: state.revision, live, replicas: state.replicas };
}
