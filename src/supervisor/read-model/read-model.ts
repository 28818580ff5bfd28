import type { FlowStatus } from "../../model/control/status.ts";
import type { FlowState } from "../../model/control/flow-state.ts";
import type { Health } from "../../model/replica.ts";
import { openResourceSampler } from "../../util/process/resource-sampler.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import { describeCopies } from "./copy-rows.ts";
import { describeDeployments } from "./deployment-rows.ts";
import { describeHealth } from "./health.ts";
import { describeReplicas } from "./replica-rows.ts";
import { ResourceMeter } from "./resource-meter.ts";
import { StateFeed } from "./state-feed.ts";
import { describeShards } from "./shard-rows.ts";

/** The facts about the supervisor that `jflow ps` shows. */
export interface SupervisorFacts {
  readonly id: string;
  readonly pid: number;
  readonly version: string;
  readonly startedAt: string;
}

/** Reads the state of a flow. Every command and page that shows the flow shows parts of it. */
export class ReadModel {
  readonly #supervisor: FlowSupervisor;
  readonly facts: SupervisorFacts;
  readonly feed: StateFeed;
  readonly #meter = new ResourceMeter(openResourceSampler());

  constructor(supervisor: FlowSupervisor, facts: SupervisorFacts) {
    this.#supervisor = supervisor;
    this.facts = facts;
    this.feed = new StateFeed(supervisor, () => this.read(0));
  }

  /** `maxEvents`: the number of newest events in the state. */
  read(maxEvents: number): FlowState {
    const supervisor = this.#supervisor;
    const { journal, operations } = supervisor.reporter;
    const health = describeHealth(supervisor);
    const copies = describeCopies(supervisor);
    const shards = describeShards(supervisor, health, copies);
    const replicas = describeReplicas(supervisor, this.#meter);
    return {
      schema: "jflow.state/v1",
      at: new Date().toISOString(),
      flow: this.#describeFlow(health.status),
      deployments: describeDeployments(supervisor, { health, shards, replicas }),
      shards,
      replicas,
      copies,
      operations: operations.all,
      events: maxEvents === 0 ? [] : journal.events.slice(-maxEvents),
      resourceSource: this.#meter.source,
    };
  }

  #describeFlow(health: Health): FlowStatus["flow"] {
    const { flow, state, facts } = this.#supervisor;
    const { id, pid, startedAt, version } = this.facts;
    return {
      name: flow.name,
      id,
      file: flow.file,
      health,
      state,
      gateway: facts.addresses(),
      supervisorPid: pid,
      startedAt,
      version,
    };
  }
}
