import type { ControlAnswer } from "../../src/model/control/messages.ts";
import type { ReplicaSpec } from "../../src/model/replica.ts";
import type { SupervisorLink, SupervisorSession } from "../../src/wire/control/supervisor-link.ts";

/** A supervisor that gives no command and reads no report. */
export class SilentSupervisor implements SupervisorLink<ReplicaSpec> {
  readonly spec: Promise<ReplicaSpec>;

  constructor(spec: ReplicaSpec) {
    this.spec = Promise.resolve(spec);
  }

  async answer(): Promise<void> {}

  async register(): Promise<SupervisorSession> {
    return {
      closed: false,
      queuedBytes: 0,
      send: () => undefined,
      onMessage: () => undefined,
      onClosed: () => undefined,
      drained: () => Promise.resolve(),
      close: () => undefined,
    };
  }

  async follow(): Promise<void> {}

  async ask(): Promise<ControlAnswer> {
    return { ok: false, code: "UNIMPLEMENTED", message: "this supervisor answers no questions" };
  }

  onLost(): void {}

  async close(): Promise<void> {}
}
