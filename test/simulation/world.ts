import type {
  CopyAction,
  CopyMessage,
  MasterAction,
  PersistedShard,
  Rules,
} from "../../src/replication/replication.ts";
import { Random } from "./random.ts";
import { SimDisk, type SimPayload } from "./sim-disk.ts";
import { SimGateway } from "./sim-gateway.ts";
import { SimProcess, type SimLink, type SimMessage, type SimProcessDeps } from "./sim-process.ts";
import { SimSupervisor } from "./sim-supervisor.ts";

/** A broken promise, or a contradiction in the code. */
export class Violation extends Error {}

/** The parameters of a schedule in addition to the order of steps. */
export interface Scenario {
  readonly copies: number;
  readonly writes: readonly string[];
  /** The apparent duration of a write in milliseconds. It decides how often a snapshot is due. */
  readonly writeMs: number;
  /**
   * The apparent duration of loading a snapshot. It decides between recovery by records and by
   * snapshot.
   */
  readonly loadMs: number;
}

export interface Acknowledged {
  readonly operationId: string;
  readonly seq: number;
  readonly process: string;
  readonly term: number;
}

const COUNTED_ACTIONS: readonly string[] = [
  "promote",
  "hold",
  "release",
] satisfies MasterAction["type"][];

type ActionOf<Type extends MasterAction["type"]> = Extract<MasterAction, { type: Type }>;
type Performers = { readonly [Type in MasterAction["type"]]: (action: ActionOf<Type>) => void };

/**
 * One shard on one machine: disks, processes, links, supervisor and gateway. `steps.ts` advances
 * it, and `invariants.ts` checks it.
 */
export class World implements SimProcessDeps {
  readonly random: Random;
  readonly rules: Rules;
  readonly scenario: Scenario;
  readonly disks: SimDisk[];
  readonly supervisor: SimSupervisor;
  readonly gateway: SimGateway;
  /** The processes, newest last. Dead ones stay until every event about them is delivered. */
  processes: SimProcess[] = [];
  links: SimLink[] = [];
  stateFile: PersistedShard | null = null;
  readonly acknowledgements: Acknowledged[] = [];
  /** Exits that the supervisor has not seen. */
  readonly exits: SimProcess[] = [];
  /** Lost links that their primary has not noticed. */
  readonly losses: SimLink[] = [];
  /** Tickets of repeats that the client sent past the gateway. */
  readonly repeats = new Set<number>();
  /** The number of times of each kind of event, for the report of a run. */
  readonly tally = new Map<string, number>();
  /** Once set, no fault happens, and a flaky write always has the logged outcome. */
  isCalm = false;
  #processes = 0;
  #copies = 0;
  #links = 0;
  #tickets = 0;
  readonly #performers: Performers;

  constructor(seed: number, scenario: Scenario, rules: Rules) {
    this.random = new Random(seed);
    this.rules = rules;
    this.scenario = scenario;
    this.disks = Array.from({ length: scenario.copies }, (_, replica) => this.makeDisk(replica));
    this.supervisor = new SimSupervisor(rules, scenario.copies);
    this.gateway = new SimGateway(scenario.writes);
    this.#performers = this.#makePerformers();
    this.supervisor.start(null, new Map());
  }

  count(what: string): void {
    this.tally.set(what, (this.tally.get(what) ?? 0) + 1);
  }

  fail(reason: string): never {
    throw new Violation(reason);
  }

  isMember(copyId: string): boolean {
    return this.stateFile?.inSync.includes(copyId) ?? false;
  }

  find(processId: string): SimProcess | undefined {
    return this.processes.find((process) => process.id === processId);
  }

  /** The live process of a replica, if any. */
  processOf(replica: number): SimProcess | undefined {
    return this.processes.find((process) => process.replica === replica && process.isAlive);
  }

  makeDisk(replica: number): SimDisk {
    this.#copies += 1;
    return new SimDisk(`c${replica}.${this.#copies}`);
  }

  /** The copies on the disks, by replica. */
  heldCopies(): ReadonlyMap<number, string> {
    return new Map(this.disks.map(({ copyId }, replica) => [replica, copyId]));
  }

  startProcess(replica: number): SimProcess {
    this.#processes += 1;
    const id = `p${this.#processes}`;
    const process = new SimProcess(
      { id, replica, disk: this.disks[replica]!, rules: this.rules },
      this,
    );
    this.processes.push(process);
    return process;
  }

  /** Ends a process. The last of its messages may be lost, and the others still arrive. */
  endProcess(
    process: SimProcess,
    { losesTail, bySupervisor }: { losesTail: boolean; bySupervisor: boolean },
  ): void {
    if (!process.isAlive) return;
    const task = process.executorTask;
    process.diedApplying = task?.kind === "apply" && task.outcome === null ? task.record.seq : null;
    process.isAlive = false;
    process.disk.loseProcess(this.random, losesTail);
    const links = this.links.filter((link) => link.from === process.id || link.to === process.id);
    for (const link of links) {
      this.loseSome(link.from === process.id ? link.toCopy : link.toPrimary);
      this.closeLink(link);
    }
    this.loseSome(process.toSupervisor);
    if (this.supervisor.isUp) this.exits.push(process);
    this.gateway.inbox.push({ type: "lost", processId: process.id, bySupervisor });
  }

  closeLink(link: SimLink): void {
    if (!link.isOpen) return;
    link.isOpen = false;
    this.losses.push(link);
  }

  openLink(from: SimProcess, to: SimProcess): void {
    this.#links += 1;
    this.links.push({
      id: this.#links,
      from: from.id,
      to: to.id,
      isOpen: true,
      toCopy: [],
      toPrimary: [],
    });
  }

  /** Loses the end of a queue, with even chance. */
  loseSome(queue: unknown[]): void {
    if (queue.length > 0 && this.random.chance(0.5))
      queue.length = this.random.below(queue.length + 1);
  }

  /** Drops dead processes without undelivered events, and links without messages. */
  tidy(): void {
    this.links = this.links.filter(
      (link) =>
        link.isOpen ||
        link.toCopy.length > 0 ||
        link.toPrimary.length > 0 ||
        this.losses.includes(link),
    );
    this.processes = this.processes.filter(
      (process) =>
        process.isAlive || process.toSupervisor.length > 0 || this.exits.includes(process),
    );
  }

  /**
   * Delivers a request of the client to a process. A repeat bypasses the decisions of the gateway.
   */
  request(processId: string, operationId: string, isRepeat: boolean): void {
    const process = this.find(processId);
    if (!process?.isAlive) {
      if (!isRepeat) this.gateway.inbox.push({ type: "refused", operationId, processId });
      return;
    }
    this.#tickets += 1;
    if (isRepeat) this.repeats.add(this.#tickets);
    process.requests.push({ operationId, ticket: this.#tickets });
  }

  send(from: SimProcess, to: string, message: SimMessage | CopyMessage): void {
    if (isCopyMessage(message)) {
      const link = this.links.findLast(
        (candidate) => candidate.from === to && candidate.to === from.id && candidate.isOpen,
      );
      link?.toPrimary.push(message);
    } else {
      const link = this.links.find(
        (candidate) => candidate.from === from.id && candidate.to === to && candidate.isOpen,
      );
      link?.toCopy.push(message);
    }
  }

  disconnect(from: SimProcess, to: string): void {
    for (const link of this.links) {
      if (link.from === from.id && link.to === to) link.isOpen = false;
    }
  }

  acknowledged(
    process: SimProcess,
    action: CopyAction<SimPayload> & { type: "acknowledge" },
  ): void {
    const { operationId, seq, tickets } = action;
    this.acknowledgements.push({ operationId, seq, process: process.id, term: process.copy.term });
    if (tickets.some((ticket) => !this.repeats.has(ticket)))
      this.gateway.inbox.push({ type: "finished", operationId });
  }

  refused(process: SimProcess, action: CopyAction<SimPayload> & { type: "refuse" }): void {
    if (this.repeats.has(action.ticket)) return;
    this.gateway.inbox.push({
      type: "refused",
      operationId: action.operationId,
      processId: process.id,
    });
  }

  /** Checks that the state of a primary already holds the record that it appends. */
  appended(process: SimProcess): void {
    if (process.copy.role !== "primary") return;
    const { history } = process.disk;
    const last = history.at(-1);
    if (
      process.state.length !== history.length ||
      stripOutcome(process.state.at(-1)) !== last?.operationId
    ) {
      this.fail(
        `state and log differ: ${process.id} ran ${last?.operationId} on [${process.state.join(" ")}]`,
      );
    }
  }

  died(process: SimProcess): void {
    this.endProcess(process, { losesTail: false, bySupervisor: false });
  }

  /** Performs one action of the supervisor. */
  carryOut(action: MasterAction): void {
    this.#perform(action.type, action);
  }

  #perform<Type extends MasterAction["type"]>(type: Type, action: ActionOf<Type>): void {
    if (COUNTED_ACTIONS.includes(type)) this.count(type);
    this.#performers[type](action);
  }

  #makePerformers(): Performers {
    const { supervisor } = this;
    return {
      save: ({ state }) => {
        if (state.inSync.length === 0) this.fail("the in-sync set is emptied");
        supervisor.saving = state;
      },
      kill: ({ processId }) => {
        const process = this.find(processId);
        if (process) process.isKilled = true;
      },
      ask: ({ processId, term }) => this.find(processId)?.commands.push({ type: "asked", term }),
      promote: (action) =>
        this.find(action.processId)?.commands.push({ ...action, type: "promoted" }),
      announce: (action) => this.find(action.to)?.commands.push({ ...action, type: "members" }),
      answer: ({ to, answer }) => {
        this.count(`${answer.request.kind} ${answer.granted ? "granted" : "refused"}`);
        this.find(to)?.answers.push(answer);
      },
      wait: () => {
        supervisor.isWaitArmed = true;
      },
      hold: ({ replica }) => supervisor.held.add(replica),
      release: ({ replica }) => {
        supervisor.held.delete(replica);
        this.disks[replica] = this.makeDisk(replica);
      },
      commandDone: () => undefined,
    };
  }
}

export function stripOutcome(applied: string | undefined): string | undefined {
  return applied?.replace(/!$/, "");
}

function isCopyMessage(message: SimMessage | CopyMessage): message is CopyMessage {
  return "copyId" in message;
}
