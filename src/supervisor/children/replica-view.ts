import type { PlannedReplica } from "../../flow/flow.ts";
import { WORKER_HOST } from "../decide/child-specs.ts";
import { NEW_LIFECYCLE, type ReplicaLifecycle } from "../decide/lifecycle/lifecycle-events.ts";
import {
  describeExit,
  isLive,
  isServing,
  type ReplicaState,
} from "../decide/lifecycle/replica-state.ts";
import type { PlanEntry } from "../plan/flow-plan.ts";
import type { Launch } from "../plan/launch.ts";
import type { LastExit } from "./replica-deps.ts";
import type { ReplicaReport, ReplicaRun } from "./replica-run.ts";

/** The state of one planned replica and of its processes, to read. */
export class ReplicaView {
  protected entry: PlanEntry;
  protected lifecycle: ReplicaLifecycle = NEW_LIFECYCLE;
  protected run: ReplicaRun | undefined;
  protected lastRunVersion: string | null = null;
  protected lastRunExit: LastExit | undefined;

  constructor(entry: PlanEntry) {
    this.entry = entry;
  }

  get planned(): PlannedReplica {
    return this.entry.planned;
  }

  get address(): string {
    return this.planned.address;
  }

  /** The version of the last process; null before the first. */
  get version(): string | null {
    return this.lastRunVersion;
  }

  get state(): ReplicaState {
    return this.lifecycle.state;
  }

  /** The number of exits after which the replica was, or will be, started again. */
  get restarts(): number {
    return this.lifecycle.restarts;
  }

  get report(): ReplicaReport {
    return this.run?.report ?? { docs: null };
  }

  get launch(): Launch {
    return this.entry.launch;
  }

  get pid(): number | null {
    return this.run?.pid ?? null;
  }

  /** The pid of the Python process that a worker keeps. */
  get keptPid(): number | null {
    const { hello } = this.report;
    return this.pid !== null && hello?.kind === "worker" ? (hello.keptPid ?? null) : null;
  }

  get processId(): string | null {
    return isLive(this.state) ? this.state.processId : null;
  }

  /** When the last process was started. */
  get startedAt(): Date | undefined {
    return this.run?.startedAt;
  }

  get lastExit(): LastExit | undefined {
    return this.lastRunExit;
  }

  /** Why the last process could not start, or how it ended. */
  get failure(): string {
    const { startFailure } = this.lifecycle;
    if (startFailure !== null) return startFailure;
    return this.lastRunExit === undefined ? "did not start" : describeExit(this.lastRunExit);
  }

  /** `host:port` of a worker that serves. */
  get target(): string | null {
    const { hello } = this.report;
    if (hello?.kind !== "worker" || !isServing(this.state)) return null;
    return `${WORKER_HOST}:${hello.port}`;
  }
}
