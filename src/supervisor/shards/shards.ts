import type { Deployment, Flow, PlannedReplica } from "../../flow/flow.ts";
import { countReplicas, wholeFlow, type FlowPlan } from "../plan/flow-plan.ts";
import type { WorkerHello } from "../../model/replica.ts";
import type {
  CopyNotice,
  CopyCommand,
  MasterCommand,
  ShardView,
} from "../../replication/replication.ts";
import type { AwakeClock } from "../../util/awake-clock.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import type { StateFile } from "../disk/state-file.ts";
import { copiesOf, listNeeded, targetsOf, type Shard } from "./shard.ts";
import { ShardWorkspaces } from "./shard-workspaces.ts";
import { ShardDriver, type ShardDriverDeps } from "./shard-driver.ts";

export interface ShardsDeps {
  readonly clock: AwakeClock;
  readonly stateFile: StateFile;
  /** The replicas that run, planned or not, in the order of the plan. */
  replicas(): readonly ReplicaProcess[];
  workspaceOf(flow: Flow, planned: PlannedReplica): string;
  changed(): void;
  notice(text: string): void;
}

/** The shards with state. Passes every event of a copy to the driver of its shard. */
export class Shards {
  readonly #deps: ShardsDeps;
  readonly #workspaces: ShardWorkspaces;
  readonly #shards = new Map<string, Shard>();
  #plan: FlowPlan;

  constructor(plan: FlowPlan, deps: ShardsDeps) {
    this.#deps = deps;
    this.#workspaces = new ShardWorkspaces({
      pathOf: (planned) => deps.workspaceOf(wholeFlow(this.#plan), planned),
      notice: (text) => deps.notice(text),
    });
    this.#plan = plan;
    this.apply(plan);
  }

  /**
   * Takes another plan. Opens the shards that `state.json` lists; other shards open with the hello
   * of their first copy. The copies of a deployment that is not planned any more exit in order.
   */
  apply(plan: FlowPlan): void {
    this.#plan = plan;
    const { deployments } = wholeFlow(plan);
    for (const deployment of deployments)
      if (this.#deps.stateFile.shardsOf(deployment.name) !== undefined) this.#open(deployment);
    for (const { deployment, shard, driver } of this.all) {
      const replicas = countReplicas(plan, deployment, shard);
      if (replicas === 0) this.#close(deployment);
      else if (replicas !== driver.view.copies.length)
        void driver.command({ kind: "scale", replicas });
    }
  }

  get all(): readonly Shard[] {
    return [...this.#shards.values()];
  }

  /** The replicas that are not planned, but hold the only in-sync copies of their shards. */
  get needed(): readonly PlannedReplica[] {
    return this.all.flatMap(listNeeded);
  }

  of(planned: PlannedReplica): Shard | undefined {
    return planned.part === "worker"
      ? this.#shards.get(`${planned.deployment}/${planned.shard}`)
      : undefined;
  }

  viewOf(planned: PlannedReplica): ShardView | undefined {
    return this.of(planned)?.driver.view;
  }

  /** Null for a replica without state. */
  roleOf(replica: ReplicaProcess): "primary" | "replica" | null {
    const view = this.viewOf(replica.planned);
    if (view === undefined) return null;
    return view.primary !== null && view.primary.processId === replica.processId
      ? "primary"
      : "replica";
  }

  /** Returns whether the replica is a copy of a shard that has no primary now. */
  isLeaderless(replica: ReplicaProcess): boolean {
    return this.viewOf(replica.planned)?.primary === null;
  }

  started(replica: ReplicaProcess, processId: string): void {
    this.of(replica.planned)?.driver.handle({
      type: "processStarted",
      processId,
      replica: replica.planned.replica,
    });
  }

  /** The process has said hello and has registered: from now on it receives commands. */
  introduced(replica: ReplicaProcess, hello: WorkerHello): void {
    const { planned } = replica;
    const { deployments } = wholeFlow(this.#plan);
    const deployment = deployments.find(({ name }) => name === planned.deployment);
    if (planned.part !== "worker" || deployment === undefined) return;
    if (!hello.stateful) return this.#forget(deployment);
    this.#open(deployment);
    const { processId, copyId, empty } = hello;
    if (copyId === undefined)
      return replica.kill("the hello of a worker with state has no copy id");
    this.of(planned)!.driver.handle({
      type: "hello",
      processId,
      copyId,
      replica: planned.replica,
      empty: empty ?? true,
    });
  }

  exited(replica: ReplicaProcess, processId: string): void {
    const applying =
      this.of(replica.planned) === undefined
        ? undefined
        : this.#workspaces.applying(replica.planned);
    this.of(replica.planned)?.driver.handle({
      type: "exited",
      processId,
      ...(applying === undefined ? {} : { applying }),
    });
  }

  foundStopped(replica: ReplicaProcess): void {
    const { processId } = replica;
    if (processId !== null)
      this.of(replica.planned)?.driver.handle({ type: "foundStopped", processId });
  }

  receive(replica: ReplicaProcess, notice: CopyNotice): void {
    if (replica.processId !== null)
      this.of(replica.planned)?.driver.receive(replica.processId, notice);
  }

  /** Resolves with the reason of a refusal, or with null. */
  async command(
    replica: ReplicaProcess,
    kind: Exclude<MasterCommand["kind"], "scale">,
  ): Promise<string | null> {
    const shard = this.of(replica.planned);
    return shard === undefined
      ? null
      : shard.driver.command({ kind, replica: replica.planned.replica });
  }

  freeze(): void {
    for (const { driver } of this.all) driver.freeze();
  }

  #open(deployment: Deployment): void {
    const { stateFile } = this.#deps;
    if (this.#shards.has(`${deployment.name}/0`)) return;
    stateFile.record(deployment.name, deployment.shards);
    for (let shard = 0; shard < deployment.shards; shard += 1) this.#openShard(deployment, shard);
  }

  #openShard(deployment: Deployment, shard: number): void {
    const { stateFile } = this.#deps;
    const address = `${deployment.name}/${shard}`;
    const all = (): readonly ReplicaProcess[] =>
      copiesOf(this.#deps.replicas(), deployment.name, shard);
    const persisted = stateFile.shard(deployment.name, shard);
    const options = {
      persisted,
      replicas: countReplicas(this.#plan, deployment.name, shard),
      mayLoseTail: deployment.durability !== "request",
      copies: this.#workspaces.copyIds(all()[0]!),
    };
    const driver = new ShardDriver(options, this.#driverDeps(deployment.name, shard, all));
    this.#shards.set(address, {
      deployment: deployment.name,
      shard,
      address,
      driver,
      get copies() {
        return all().filter(({ planned }) => planned.replica < driver.view.copies.length);
      },
      hadData: persisted !== null,
    });
    // Some processes started before their executor was known to keep state.
    for (const copy of all()) if (copy.processId !== null) this.started(copy, copy.processId);
  }

  #driverDeps(
    deployment: string,
    shard: number,
    copies: () => readonly ReplicaProcess[],
  ): ShardDriverDeps {
    const deps = this.#deps;
    const copyOf = (processId: string): ReplicaProcess | undefined =>
      copies().find((copy) => copy.processId === processId);
    const replicaOf = (replica: number): ReplicaProcess | undefined =>
      copies().find(({ planned }) => planned.replica === replica);
    return {
      clock: deps.clock,
      save: async (state) => deps.stateFile.saveShard(deployment, shard, state),
      kill: (processId, reason) => copyOf(processId)?.kill(reason),
      send: (processId, command: CopyCommand) =>
        copyOf(processId)?.send({ type: "replication", message: command }),
      targets: () => targetsOf(copies()),
      hold: (replica, beyond) =>
        replicaOf(replica)?.wished({
          type: "held",
          reason: `the process ended twice while it applied record ${beyond}: the copy waits for a later snapshot`,
        }),
      release: (replica) => this.#workspaces.release(replicaOf(replica)),
      changed: () => deps.changed(),
      notice: (text) => deps.notice(`${deployment}/${shard}: ${text}`),
    };
  }

  /** The flow file now names an executor without state. */
  #forget(deployment: Deployment): void {
    if (!this.#shards.has(`${deployment.name}/0`)) return;
    this.#close(deployment.name);
    this.#deps.notice(
      `${deployment.name}: the executor keeps no state, but an earlier executor did: its data is kept and not served`,
    );
  }

  #close(deployment: string): void {
    for (const shard of this.all.filter((each) => each.deployment === deployment)) {
      shard.driver.freeze();
      this.#shards.delete(shard.address);
    }
  }
}
