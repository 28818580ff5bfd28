import { performance } from "node:perf_hooks";
import type { Flow } from "../flow/flow.ts";
import type { FlowEvent } from "../model/control.ts";
import type { GatewayHello, WorkerHello } from "../model/replica.ts";
import { readyEvent, replicaEvent } from "./decide/flow-events.ts";
import {
  reconcile,
  type FlowPhase,
  type PlannedState,
  type ReplicaAction,
  type RunningState,
} from "./decide/reconcile.ts";
import { describeExit, describeState, isLive, type Exit } from "./decide/replica-state.ts";
import type { ExitContext } from "./decide/lifecycle-events.ts";
import { ExternalReplicas } from "./external/external-replicas.ts";
import { FlowFacts } from "./flow-facts.ts";
import { startHeartbeats } from "./children/heartbeats.ts";
import type { ReplicaListener } from "./children/replica-deps.ts";
import type { ReplicaProcess } from "./children/replica-process.ts";
import { factsOf, Shards, type ShardsTools } from "./shards.ts";
import { StartUp } from "./start-up.ts";
import type { StateFile } from "./state/state-file.ts";
import { Followers, Watchers } from "./watchers.ts";

/** What one flow is supervised with. */
export interface FlowTools {
  readonly flow: Flow;
  readonly stateFile: StateFile;
  readonly workspaceOf: ShardsTools["workspaceOf"];
  /** Every planned process, in the order of the plan, with the supervisor as listener. */
  makeReplicas(listener: ReplicaListener, facts: FlowFacts): readonly ReplicaProcess[];
  /**
   * A better sentence on why the gateway could not start than its own, where there is one: who
   * holds its port.
   */
  explainGatewayFailure(failure: string): Promise<string>;
  /** For the supervisor's own output. */
  log(text: string): void;
}

/**
 * Makes the running replicas equal to the plan, from `start` until `ended`. Every decision is
 * `decide/`'s or `replication/`'s.
 */
export class FlowSupervisor implements ReplicaListener {
  readonly #tools: FlowTools;
  /** In the order of the plan. */
  readonly #replicas: ReadonlyMap<string, ReplicaProcess>;
  readonly shards: Shards;
  readonly facts: FlowFacts;
  readonly external: ExternalReplicas;
  readonly watchers = new Watchers();
  readonly followers = new Followers();
  readonly #startUp: StartUp;
  readonly #notices = new Set<string>();
  readonly #told = new Map<string, string>();
  #phase: FlowPhase = { name: "running" };
  #isReady = false;
  /** Set when watchers are told that the flow is up: the shards that have no primary. */
  #degraded: readonly string[] | undefined;
  #isScheduled = false;
  #wake: NodeJS.Timeout | undefined;
  #stopHeartbeats: () => void = () => undefined;
  #end: () => void = () => undefined;
  /** Resolves when no process of the flow is left. */
  readonly ended: Promise<void>;

  constructor(tools: FlowTools) {
    this.#tools = tools;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.facts = new FlowFacts(tools.flow, tools.stateFile);
    const replicas = tools.makeReplicas(this, this.facts);
    this.#replicas = new Map(replicas.map((replica) => [replica.address, replica]));
    this.shards = new Shards({
      deployments: tools.flow.deployments,
      stateFile: tools.stateFile,
      replicas,
      workspaceOf: (planned) => tools.workspaceOf(planned),
      changed: () => this.#schedule(),
      tell: (text) => this.notice(text),
    });
    this.external = new ExternalReplicas(tools.flow.deployments, {
      learned: (deployment, described) => {
        this.facts.describe(deployment, described);
        this.#schedule();
      },
      lost: ({ address, target }) =>
        this.notice(`${address}: nobody answers at ${target} (external)`),
    });
    this.#startUp = new StartUp({
      ready: (degraded) => void this.#becomeReady(degraded),
      failed: (failed) => void this.#fail(failed),
      again: () => this.#schedule(),
    });
  }

  /** In the order of the plan. */
  get replicas(): readonly ReplicaProcess[] {
    return [...this.#replicas.values()];
  }

  get flow(): Flow {
    return this.#tools.flow;
  }

  get state(): "starting" | "ready" | "stopping" {
    if (this.#phase.name !== "running") return "stopping";
    return this.#degraded === undefined ? "starting" : "ready";
  }

  start(): void {
    this.#stopHeartbeats = startHeartbeats(() => this.replicas);
    this.external.start();
    this.#schedule();
  }

  /** The gateway finishes first, then the workers in reverse order, each in at most `drainMs`. */
  down(drainMs: number): void {
    if (this.#phase.name === "running") this.#stop({ name: "draining", drainMs });
  }

  /** SIGKILL to everything. */
  kill(): void {
    if (this.#phase.name !== "killing") this.#stop({ name: "killing" });
  }

  #stop(phase: FlowPhase): void {
    this.#tools.log(`stopping: ${phase.name}`);
    this.#phase = phase;
    this.shards.freeze();
    this.external.stop();
    this.#startUp.end();
    this.#schedule();
  }

  /** Tells the watchers, once, and those who come later too. */
  notice(text: string): void {
    if (this.#notices.has(text)) return;
    this.#notices.add(text);
    this.#tools.log(text);
    this.watchers.tell({ type: "notice", text });
  }

  /** What a new watcher has to know. */
  describeAll(): readonly FlowEvent[] {
    return [
      ...this.replicas.map(tellReplica),
      ...[...this.#notices].map((text): FlowEvent => ({ type: "notice", text })),
      ...(this.#degraded === undefined ? [] : [this.#readyEvent(this.#degraded)]),
    ];
  }

  changed(replica: ReplicaProcess): void {
    const { state } = replica;
    if (state.name === "stopping") this.facts.markKilled(state.processId);
    const told = describeState(state);
    if (this.#told.get(replica.address) !== told) {
      this.#told.set(replica.address, told);
      this.#tools.log(`${replica.address} ${told}`);
      this.watchers.tell(tellReplica(replica));
    }
    this.#schedule();
  }

  started(replica: ReplicaProcess, processId: string): void {
    this.shards.started(replica, processId);
  }

  introduced(replica: ReplicaProcess, hello: WorkerHello | GatewayHello): void {
    this.facts.learn(replica, hello);
    if (hello.kind === "worker") {
      for (const text of hello.notices) this.notice(text);
      this.shards.introduced(replica, hello);
    }
    this.#schedule();
  }

  wrote(replica: ReplicaProcess, stream: "stdout" | "stderr", line: string): void {
    replica.output.add({ at: new Date(), stream, text: line });
    this.watchers.tell({ type: "output", address: replica.address, stream, line });
  }

  foundStopped(replica: ReplicaProcess): void {
    this.shards.foundStopped(replica);
  }

  exited(replica: ReplicaProcess, processId: string, exit: Exit): void {
    this.#tools.log(`${replica.address} ${describeExit(exit)}`);
    this.shards.exited(replica, processId);
  }

  exitContext(replica: ReplicaProcess): Pick<ExitContext, "isFlowStopping" | "leaderless"> {
    const isFlowStopping = this.#phase.name !== "running";
    return { isFlowStopping, leaderless: this.shards.isLeaderless(replica) };
  }

  find(address: string): ReplicaProcess | undefined {
    return this.#replicas.get(address);
  }

  /** Looks once more at everything, after whatever happens now has happened. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#settle();
    });
  }

  #settle(): void {
    const { actions, wakeAt } = reconcile(this.replicas.map(asPlanned), this.#running(), {
      phase: this.#phase,
      now: performance.now(),
    });
    for (const action of actions) this.#act(action);
    clearTimeout(this.#wake);
    if (wakeAt !== null)
      this.#wake = setTimeout(() => this.#schedule(), Math.max(1, wakeAt - performance.now()));
    if (this.#phase.name === "running") this.#startUp.judge(this.replicas, this.shards);
    this.#publish();
    if (this.#phase.name !== "running" && !this.replicas.some(({ state }) => isLive(state)))
      this.#finish();
  }

  #running(): ReadonlyMap<string, RunningState> {
    return new Map(
      this.replicas.map((replica) => [
        replica.address,
        { state: replica.state, leaderless: this.shards.isLeaderless(replica) },
      ]),
    );
  }

  #act(action: ReplicaAction): void {
    const replica = this.find(action.address)!;
    if (action.type === "start") replica.start();
    else if (action.type === "drain") replica.drain(action.deadline);
    else if (action.type === "kill") replica.kill(action.reason, action.final);
    else replica.wished({ type: "settled" });
  }

  /** Whoever hears of it may send a request at once: the gateway knows before. */
  async #becomeReady(degraded: readonly string[]): Promise<void> {
    this.#isReady = true;
    this.#publish();
    await this.replicas.find(({ planned }) => planned.part === "gateway")?.sendHeartbeat();
    if (this.#phase.name !== "running") return;
    this.#degraded = degraded;
    this.#tools.log(degraded.length === 0 ? "ready" : `ready without ${degraded.join(", ")}`);
    this.watchers.tell(this.#readyEvent(degraded));
  }

  #readyEvent(degraded: readonly string[]): FlowEvent {
    const shards = this.shards.all.filter(({ address }) => degraded.includes(address));
    return readyEvent(this.facts.doors(), shards.map(factsOf));
  }

  #publish(): void {
    const ready = this.#isReady;
    this.followers.publish((version) =>
      this.facts.topology(this.replicas, this.shards, { version, ready }),
    );
  }

  async #fail(replicas: readonly ReplicaProcess[]): Promise<void> {
    const reasons = await Promise.all(
      replicas.map(async ({ address, planned, failure }) => {
        const reason =
          planned.part === "gateway" ? await this.#tools.explainGatewayFailure(failure) : failure;
        return `${address}: ${reason}`;
      }),
    );
    const tails = Object.fromEntries(
      replicas.map((replica) => [replica.address, replica.lastExit?.tail ?? []]),
    );
    const message = reasons.join("\n");
    this.#tools.log(`failed: ${message}`);
    this.watchers.tell({ type: "failed", message, tails });
    this.kill();
  }

  #finish(): void {
    clearTimeout(this.#wake);
    this.#stopHeartbeats();
    this.watchers.tell({ type: "stopped" });
    this.#end();
  }
}

function asPlanned({ address, planned, launch }: ReplicaProcess): PlannedState {
  const { timeoutReadyMs } = launch;
  return { address, deployment: planned.deployment, timeoutReadyMs };
}

function tellReplica({ address, state, failure }: ReplicaProcess): FlowEvent {
  return replicaEvent(address, state, failure);
}
