import type { Position } from "../../model/shard/log.ts";
import type { MasterAction, MasterOptions, PersistedShard } from "../protocol/master-events.ts";
import type { Announcement, Damage, MembershipRequest } from "../protocol/messages.ts";
import type { CopyId, Member, ProcessId } from "../protocol/record.ts";
import type { Rules } from "../protocol/rules.ts";

/** A process of the shard whose exit has not been noticed. */
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

/** The one job of the master for the shard. */
type Job =
  | { readonly kind: "none" }
  /**
   * The term is being saved, together with a new set if the shard had none or the user chose
   * another.
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

/** The whole state of one shard in the supervisor. */
export interface MasterState {
  readonly rules: Rules;
  readonly mayLoseTail: boolean;
  /** The state on disk. */
  saved: PersistedShard | null;
  replicas: number;
  readonly processes: Map<ProcessId, TrackedProcess>;
  /** Kept until the exit of the process is noticed. */
  primary: PromotedProcess | null;
  /** Whether every member of the set is given time to return. */
  isWaiting: boolean;
  /** Replicas whose process died without a hello since the wait began. */
  readonly failed: Set<number>;
  readonly stopped: Set<number>;
  /** Replicas that died twice while they applied one record, with that record. */
  readonly held: Map<number, number>;
  /** The record that a replica last died applying. */
  readonly diedApplying: Map<number, number>;
  /** The copy that a replica held at its last hello, or before, in its workspace. */
  readonly copyOfReplica: Map<number, CopyId>;
  /** The newest snapshot that the primary has counted. */
  primarySnapshot: number;
  /** Set if no asked copy could be promoted. The next election waits for a change. */
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
    copyOfReplica: new Map(options.copies),
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

/** Returns the processes that have sent hello and are not being killed. */
export function liveProcesses(state: MasterState): readonly TrackedProcess[] {
  return [...state.processes.values()].filter(
    (process) => process.copyId !== null && !process.isEnding,
  );
}

export function isInSync(state: MasterState, copyId: CopyId | null): boolean {
  return copyId !== null && (state.saved?.inSync.includes(copyId) ?? false);
}

/**
 * Returns the replicas that are planned no more, but have to run: only they hold in-sync copies.
 */
export function listNeeded({ copyOfReplica, saved, replicas }: MasterState): readonly number[] {
  const holders = [...copyOfReplica]
    .filter(([, copyId]) => saved?.inSync.includes(copyId) === true)
    .map(([replica]) => replica);
  return holders.some((replica) => replica < replicas) ? [] : holders;
}

/** Returns whether the process can no longer answer (rules 4 and 17). */
export function isGone(state: MasterState, processId: ProcessId): boolean {
  const process = state.processes.get(processId);
  return state.rules.isGone(process?.isEnding ?? false, process === undefined);
}

/** Kills a process. Its exit is reported later. */
export function kill(state: MasterState, process: TrackedProcess, reason: string): void {
  if (process.isEnding) return;
  process.isEnding = true;
  act(state, { type: "kill", processId: process.processId, reason });
}

/** Returns the processes to announce to the primary. */
export function makeAnnouncement(state: MasterState, term: number): Announcement {
  state.revision += 1;
  state.isAnnouncementDue = false;
  const { revision, replicas } = state;
  const processes = liveProcesses(state);
  const live = processes.map(({ copyId, processId }) => ({ copyId: copyId!, processId }));
  const leaving = processes
    .filter(({ replica }) => replica >= replicas)
    .map(({ copyId }) => copyId!);
  return { term, revision, live, replicas, ...(leaving.length === 0 ? {} : { leaving }) };
}
