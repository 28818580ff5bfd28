import { randomBytes } from "node:crypto";
import type { PlannedReplica } from "../../flow/flow.ts";
import type { ChildCommand } from "../../model/control.ts";
import type { ChildMessage, ChildSpec } from "../../model/replica.ts";
import { messageOf } from "../../util/error-code.ts";
import type { ChildChannel } from "../../wire/control/control-server.ts";
import { WORKER_HOST } from "../decide/child-specs.ts";
import {
  NEW_LIFECYCLE,
  type LifecycleEvent,
  type ReplicaLifecycle,
  type ReplicaWish,
} from "../decide/lifecycle/lifecycle-events.ts";
import { onLifecycleEvent } from "../decide/lifecycle/replica-lifecycle.ts";
import {
  describeExit,
  isLive,
  isServing,
  type Exit,
  type ReplicaState,
} from "../decide/lifecycle/replica-state.ts";
import type { OutputFile } from "../disk/output-file.ts";
import type { LastExit, Launch, ReplicaDeps } from "./replica-deps.ts";
import { ReplicaRun, type ReplicaReport, type ReportEvent } from "./replica-run.ts";
import { Child } from "./child.ts";

/** How long a process may take to exit after it reported that it cannot start. */
const LEAVE_MS = 2_000;

/**
 * One planned replica and its processes, one after another. Receives events and exposes the state
 * that follows from them. The rules are in `decide/lifecycle/`.
 */
export class ReplicaProcess {
  readonly planned: PlannedReplica;
  readonly #deps: ReplicaDeps;
  #lifecycle: ReplicaLifecycle = NEW_LIFECYCLE;
  #run: ReplicaRun | undefined;
  #lastExit: LastExit | undefined;

  constructor(planned: PlannedReplica, deps: ReplicaDeps) {
    this.planned = planned;
    this.#deps = deps;
  }

  get address(): string {
    return this.planned.address;
  }

  get state(): ReplicaState {
    return this.#lifecycle.state;
  }

  /** The number of exits after which the replica was, or will be, started again. */
  get restarts(): number {
    return this.#lifecycle.restarts;
  }

  get report(): ReplicaReport {
    return this.#run?.report ?? { docs: null };
  }

  get launch(): Launch {
    return this.#deps.launch;
  }

  get output(): OutputFile {
    return this.#deps.output;
  }

  get pid(): number | null {
    return this.#run?.pid ?? null;
  }

  get processId(): string | null {
    return isLive(this.state) ? this.state.processId : null;
  }

  /** When the last process was started. */
  get startedAt(): Date | undefined {
    return this.#run?.startedAt;
  }

  get lastExit(): LastExit | undefined {
    return this.#lastExit;
  }

  /** Why the last process could not start, or how it ended. */
  get failure(): string {
    const { startFailure } = this.#lifecycle;
    if (startFailure !== null) return startFailure;
    return this.#lastExit === undefined ? "did not start" : describeExit(this.#lastExit);
  }

  /** `host:port` of a worker that serves. */
  get target(): string | null {
    const { hello } = this.report;
    if (hello?.kind !== "worker" || !isServing(this.state)) return null;
    return `${WORKER_HOST}:${hello.port}`;
  }

  /** Starts a process. The process receives its spec when its pid is on disk. */
  start(): void {
    const { launch, output, listener } = this.#deps;
    const processId = `${this.address}-${randomBytes(6).toString("hex")}`;
    const run = new ReplicaRun(processId);
    output.startTail();
    this.#run = run;
    this.#handle({ type: "started", processId, at: this.#deps.now() });
    listener.started(this, processId);
    try {
      this.#spawn(run, launch.spec(processId));
    } catch (error) {
      // The machine cannot start another process now.
      this.#handle({ type: "startFailed", message: messageOf(error), isLasting: false });
      setImmediate(() => this.#exited(run, { code: null, signal: null }));
    }
  }

  #spawn(run: ReplicaRun, spec: ChildSpec): void {
    const { launch, listener, register } = this.#deps;
    const child = new Child({
      ...launch,
      processId: run.processId,
      onLine: (stream, text) => listener.wrote(this, stream, text),
      onMessage: (message) => this.#receive(run, message),
    });
    run.spawned(child);
    child.gone.then(
      (exit) => this.#exited(run, exit),
      (error: unknown) => this.kill(messageOf(error)),
    );
    const { address } = this;
    register.add({ ...child.identity, address, processId: run.processId }).then(
      () => child.send(spec),
      (error: unknown) => this.kill(`cannot record its pid: ${messageOf(error)}`),
    );
  }

  /** The process has registered with the supervisor. */
  registered(channel: ChildChannel): void {
    this.#run?.registered(channel);
    this.#introduce();
  }

  reported(event: ReportEvent): void {
    this.#run?.reported(event);
    if (event.type === "hello") this.#introduce();
    if (event.type === "heartbeat")
      this.#handle({ type: "heartbeat", isReadable: event.copy?.readable ?? true });
  }

  wished(wish: ReplicaWish): void {
    this.#handle(wish);
  }

  send(command: ChildCommand): void {
    this.#run?.send(command);
  }

  /**
   * Resolves when the process has answered: all that was sent to it before has then arrived. Also
   * resolves when the process is gone.
   */
  async sendHeartbeat(): Promise<void> {
    await this.#run?.sendHeartbeat();
  }

  /** Acts on a process that serves and does not answer. `elapsedMs`: since the last check. */
  checkLiveness(elapsedMs: number): void {
    if (this.#run === undefined || !isServing(this.state)) return;
    const verdict = this.#run.checkLiveness(elapsedMs);
    switch (verdict.is) {
      case "fine":
        return;
      case "unhealthy":
        this.#handle({ type: "silent", reason: verdict.reason });
        return;
      case "stopped":
        this.#deps.listener.foundStopped(this);
        this.kill("stopped by SIGSTOP: the process does not answer heartbeats");
        return;
      case "dead":
        this.kill(verdict.reason);
    }
  }

  /** Asks the process to finish its requests and to exit. */
  drain(deadline: number): void {
    this.#handle({ type: "draining", deadline });
    if (this.#run?.isRegistered === true)
      this.send({ type: "drain", timeoutMs: Math.max(0, deadline - this.#deps.now()) });
    else this.kill("not registered with the supervisor, so the process cannot drain");
  }

  /** SIGKILL. `final`: the replica is not started again. */
  kill(reason: string, final = false): void {
    if (!isLive(this.state)) return;
    this.#handle({ type: "killed", reason, final });
    this.#run?.kill();
  }

  #handle(event: LifecycleEvent): void {
    const before = this.#lifecycle;
    this.#lifecycle = onLifecycleEvent(before, event);
    if (this.#lifecycle.state !== before.state) this.#deps.listener.changed(this);
  }

  /** The process serves once it has said hello and has registered, in either order. */
  #introduce(): void {
    const { hello } = this.report;
    if (hello === undefined || this.#run?.isRegistered !== true || this.state.name !== "starting")
      return;
    const isStateful = hello.kind === "worker" && hello.stateful;
    this.#handle({ type: "introduced", at: this.#deps.now(), isStateful });
    this.#deps.listener.introduced(this, hello);
  }

  #receive({ processId }: ReplicaRun, message: ChildMessage): void {
    if (message.processId !== processId || processId !== this.processId) return;
    if (message.type === "hello") this.reported({ type: "hello", hello: message });
    if (message.type !== "failed") return;
    this.#handle({ ...message, type: "startFailed" });
    setTimeout(
      () =>
        processId === this.processId &&
        this.kill("the process did not exit after its failed start"),
      LEAVE_MS,
    ).unref();
  }

  #exited(run: ReplicaRun, exit: Exit): void {
    const { register, listener, output, launch } = this.#deps;
    register.remove(run.processId);
    this.#lastExit = { ...exit, at: new Date().toISOString(), tail: output.tail() };
    run.exited();
    listener.exited(this, run.processId, exit);
    const { maxRestarts } = launch;
    const context = {
      ...listener.exitContext(this),
      at: this.#deps.now(),
      ...(maxRestarts === undefined ? {} : { maxRestarts }),
    };
    this.#handle({ type: "exited", exit, context });
  }
}
