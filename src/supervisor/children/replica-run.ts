import type { ChildCommand, ChildReport } from "../../model/control/messages.ts";
import type { CopyReport } from "../../model/shard/copy-report.ts";
import type { GatewayHello, LivenessPolicy, WorkerHello } from "../../model/replica.ts";
import { sampleProcess } from "../../util/process/process-identity.ts";
import type { ChildChannel } from "../../wire/control/control-server.ts";
import type { Verdict } from "../decide/lifecycle/silence.ts";
import { Liveness } from "./liveness.ts";
import type { Child } from "./child.ts";

/** The last reports of the newest process of a replica. */
export interface ReplicaReport {
  readonly hello?: WorkerHello | GatewayHello;
  /** Documents; null if the process reported no number. */
  readonly docs: number | null;
  readonly copy?: CopyReport;
}

/** A report that arrived on a channel. */
export type ReportEvent =
  | { readonly type: "hello"; readonly hello: WorkerHello | GatewayHello }
  | Extract<ChildReport, { readonly type: "heartbeat" }>;

/** One process of a replica, from its start to its exit: its channels and its reports. */
export class ReplicaRun {
  readonly processId: string;
  readonly startedAt = new Date();
  readonly #liveness = new Liveness();
  #child: Child | undefined;
  #channel: ChildChannel | undefined;
  #report: ReplicaReport = { docs: null };

  constructor(processId: string) {
    this.processId = processId;
  }

  get report(): ReplicaReport {
    return this.#report;
  }

  /** Null before the process exists and after its exit. */
  get pid(): number | null {
    return this.#child?.identity.pid ?? null;
  }

  get isRegistered(): boolean {
    return this.#channel !== undefined;
  }

  spawned(child: Child): void {
    this.#child = child;
  }

  registered(channel: ChildChannel): void {
    this.#channel = channel;
    channel.onClosed(() => {
      if (this.#channel === channel) this.#channel = undefined;
    });
  }

  reported(event: ReportEvent): void {
    switch (event.type) {
      case "hello":
        this.#report = { ...this.#report, hello: event.hello };
        return;
      case "heartbeat": {
        this.#liveness.answered();
        const { copy: _, ...rest } = this.#report;
        const { docs, copy } = event;
        this.#report = { ...rest, docs, ...(copy === undefined ? {} : { copy }) };
      }
    }
  }

  exited(): void {
    this.#channel = undefined;
    this.#child = undefined;
    this.#liveness.end();
  }

  send(command: ChildCommand): void {
    this.#channel?.send(command);
  }

  kill(): void {
    this.#child?.kill();
  }

  /** Resolves when the heartbeat is answered, or when the process is gone. */
  async sendHeartbeat(): Promise<void> {
    this.send({ type: "heartbeat" });
    await this.#liveness.sent();
  }

  /**
   * Sends a heartbeat if the last one was answered. Otherwise samples `/proc`, which distinguishes
   * a stopped process from a busy one. `elapsedMs` is null if the supervisor was suspended.
   */
  checkLiveness(elapsedMs: number | null, policy: LivenessPolicy | undefined): Verdict {
    if (elapsedMs === null) {
      this.#liveness.beginAgain();
      return { is: "fine" };
    }
    if (this.#liveness.isAnswered && this.#channel !== undefined) {
      void this.sendHeartbeat();
    } else {
      const look = this.pid === null ? undefined : sampleProcess(this.pid);
      this.#liveness.missed(elapsedMs, look);
    }
    return this.#liveness.judge(elapsedMs, policy);
  }
}
