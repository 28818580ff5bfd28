import type { AutoscalePolicy, Deployment } from "../../flow/flow.ts";
import { AUTOSCALE_CHECK_MS, AUTOSCALE_RETRY_MS } from "../../util/limits/processes.ts";
import { countOf } from "../../util/text/count-of.ts";
import {
  decideReplicas,
  forgetLoads,
  NO_LOADS,
  recordLoad,
  type Load,
  type LoadRecord,
  type ScaleDelays,
} from "../decide/automation/autoscale.ts";
import type { AutomaticChanges } from "./automatic-changes.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import { RecoveryTimes } from "./recovery-times.ts";

/** Changes the numbers of replicas of deployments with `autoscale` with their load. */
export class Autoscaler {
  readonly #supervisor: FlowSupervisor;
  readonly #changes: AutomaticChanges;
  readonly #records = new Map<string, LoadRecord>();
  readonly #recoveries: RecoveryTimes;
  /** When a deployment may be scaled again after a failure. */
  readonly #retryAt = new Map<string, number>();

  constructor(supervisor: FlowSupervisor, changes: AutomaticChanges) {
    this.#supervisor = supervisor;
    this.#changes = changes;
    this.#recoveries = new RecoveryTimes(supervisor);
  }

  /** Checks until the flow has ended. */
  start(): void {
    const timer = setInterval(() => this.#check(), AUTOSCALE_CHECK_MS);
    timer.unref();
    void this.#supervisor.ended.then(() => clearInterval(timer));
  }

  #check(): void {
    if (this.#supervisor.state !== "ready") return;
    for (const deployment of this.#supervisor.flow.deployments) {
      const { autoscale, name } = deployment;
      if (autoscale === undefined) this.#records.delete(name);
      else this.#judge(deployment, autoscale);
    }
  }

  #judge(deployment: Deployment, policy: AutoscalePolicy): void {
    const { facts, clock } = this.#supervisor;
    const { name, shards } = deployment;
    const described = facts.describedOf(name);
    const load = facts.traffic.ofDeployment(name);
    if (described === undefined || load === undefined) return;
    if (described.stateful && !policy.stateful) {
      this.#supervisor.notice(
        `autoscale of "${name}" has no effect: the executor keeps state, and each new replica first gets a copy of it. Add stateful: true to autoscale to scale it anyway`,
      );
      return;
    }
    const now = clock.now();
    const delays = this.#delaysOf(name, policy, described.stateful);
    const before = this.#records.get(name) ?? NO_LOADS;
    const record = forgetLoads(recordLoad(before, { now, load, shards }, policy), now, delays);
    this.#records.set(name, record);
    const replicas = decideReplicas(record, { now, planned: deployment.replicas }, delays);
    if (replicas === null || now < (this.#retryAt.get(name) ?? now)) return;
    if (this.#changes.isFree(name)) this.#scale(deployment, replicas, load);
  }

  /** A copy of a shard that recovers for longer than it is needed only costs. */
  #delaysOf(
    name: string,
    { upDelayMs, downDelayMs }: AutoscalePolicy,
    stateful: boolean,
  ): ScaleDelays {
    const least = stateful ? this.#recoveries.longest(name) : 0;
    return { upDelayMs: Math.max(upDelayMs, least), downDelayMs: Math.max(downDelayMs, least) };
  }

  #scale({ name, replicas: before, autoscale }: Deployment, replicas: number, load: Load): void {
    const { inFlight, queued } = load;
    const reason = `${countOf(inFlight, "call")} in flight and ${queued} queued, target_in_flight ${autoscale!.targetInFlight}`;
    this.#supervisor.reporter.happened({
      subject: name,
      kind: "autoscale",
      from: before,
      to: replicas,
      inFlight,
      queued,
      reason,
      text: `scales from ${before} to ${countOf(replicas, "replica")}: ${reason}`,
    });
    this.#changes.autoscale(name, replicas, {
      reason,
      failed: () => {
        this.#retryAt.set(name, this.#supervisor.clock.now() + AUTOSCALE_RETRY_MS);
      },
    });
  }
}
