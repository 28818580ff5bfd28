import { randomBytes } from "node:crypto";
import { versionOf, type PlanEntry } from "../plan/flow-plan.ts";
import type { ChildCommand } from "../../model/control/messages.ts";
import type { ChildMessage, ChildSpec } from "../../model/replica.ts";
import { messageOf } from "../../util/error-code.ts";
import { cleanText } from "../../util/text/terminal-text.ts";
import type { ChildChannel } from "../../wire/control/control-server.ts";
import type { LifecycleEvent, ReplicaWish } from "../decide/lifecycle/lifecycle-events.ts";
import { onLifecycleEvent } from "../decide/lifecycle/replica-lifecycle.ts";
import { isLive, isServing, type Exit } from "../decide/lifecycle/replica-state.ts";
import type { OutputFile } from "../disk/output-file.ts";
import type { LastExit, ReplicaDeps } from "./replica-deps.ts";
import { ReplicaRun, type ReportEvent } from "./replica-run.ts";
import { ReplicaView } from "./replica-view.ts";
import { spawnRun } from "./spawn-run.ts";

/** How long a process may take to exit after it reported that it cannot start. */
const LEAVE_MS = 2_000;

/**
 * One planned replica and its processes, one after another. Receives events and exposes the state
 * that follows from them. The rules are in `decide/lifecycle/`.
 */
export class ReplicaProcess extends ReplicaView {
  readonly #deps: ReplicaDeps;

  constructor(entry: PlanEntry, deps: ReplicaDeps) {
    super(entry);
    this.#deps = deps;
  }

  get output(): OutputFile {
    return this.#deps.output;
  }

  /** Takes the entry of a changed plan. The next process is started by it. */
  follow(entry: PlanEntry): void {
    this.entry = entry;
  }

  /** Starts a process. The process receives its spec when its pid is on disk. */
  start(): void {
    const { output, listener } = this.#deps;
    const { launch } = this;
    this.lastRunVersion = versionOf(this.entry);
    const processId = `${this.address}-${randomBytes(6).toString("hex")}`;
    const run = new ReplicaRun(processId);
    output.startTail();
    this.run = run;
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
    const { listener, register } = this.#deps;
    const { address, launch } = this;
    spawnRun(
      run,
      { address, launch, spec },
      {
        register,
        wrote: (stream, text) => listener.wrote(this, stream, text),
        received: (message) => this.#receive(run, message),
        exited: (exit) => this.#exited(run, exit),
        broken: (reason) => this.kill(reason),
      },
    );
  }

  /** The process has registered with the supervisor. */
  registered(channel: ChildChannel): void {
    this.run?.registered(channel);
    this.#introduce();
  }

  reported(event: ReportEvent): void {
    this.run?.reported(event);
    if (event.type === "hello") this.#introduce();
    if (event.type !== "heartbeat") return;
    if (event.unhealthy === undefined)
      this.#handle({ type: "heartbeat", isReadable: event.copy?.readable ?? true });
    else this.#handle({ type: "silent", reason: event.unhealthy });
  }

  wished(wish: ReplicaWish): void {
    this.#handle(wish);
  }

  send(command: ChildCommand): void {
    this.run?.send(command);
  }

  /**
   * Resolves when the process has answered: all that was sent to it before has then arrived. Also
   * resolves when the process is gone.
   */
  async sendHeartbeat(): Promise<void> {
    await this.run?.sendHeartbeat();
  }

  /** Acts on a silent process. `elapsedMs`: since the last check; null after a suspension. */
  checkLiveness(elapsedMs: number | null): void {
    if (this.run === undefined || !isServing(this.state)) return;
    const verdict = this.run.checkLiveness(elapsedMs, this.launch.liveness);
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
    this.#sendDrain(deadline);
  }

  /**
   * Ends the process because of a changed plan. `unrouted` resolves when the gateway sends the
   * process no more requests; only then does the process drain.
   */
  leave(
    wish: "replaceRequested" | "removeRequested",
    deadline: number,
    unrouted: () => Promise<void>,
  ): void {
    this.#handle({ type: wish });
    const { processId } = this;
    if (processId === null) return;
    if (this.state.name === "starting") return this.kill("the plan changed during its start");
    this.#handle({ type: "draining", deadline });
    void this.#drainOnce(unrouted(), deadline, processId);
  }

  /** Ends a primary at once. Its requests are sent to the copy that takes over. */
  handOver(): void {
    this.#handle({ type: "replaceRequested" });
    this.kill("another copy takes over");
  }

  async #drainOnce(unrouted: Promise<void>, deadline: number, processId: string): Promise<void> {
    await unrouted;
    if (this.processId === processId && this.state.name === "draining")
      this.#sendDrain(deadline, true);
  }

  #sendDrain(deadline: number, isBrief = false): void {
    if (this.run?.isRegistered === true)
      this.send({
        type: "drain",
        timeoutMs: Math.max(0, deadline - this.#deps.now()),
        ...(isBrief ? { isBrief } : {}),
      });
    else this.kill("not registered with the supervisor, so the process cannot drain");
  }

  /** SIGKILL. `final`: the replica is not started again. */
  kill(reason: string, final = false): void {
    if (!isLive(this.state)) return;
    this.#handle({ type: "killed", reason, final });
    this.run?.kill();
  }

  #handle(event: LifecycleEvent): void {
    const before = this.lifecycle;
    this.lifecycle = onLifecycleEvent(before, event);
    if (this.lifecycle.state !== before.state) this.#deps.listener.changed(this);
  }

  /** The process serves once it has said hello and has registered, in either order. */
  #introduce(): void {
    const { hello } = this.report;
    if (hello === undefined || this.run?.isRegistered !== true || this.state.name !== "starting")
      return;
    const isStateful = hello.kind === "worker" && hello.stateful;
    this.#handle({ type: "introduced", at: this.#deps.now(), isStateful });
    this.#deps.listener.introduced(this, hello);
  }

  #receive({ processId }: ReplicaRun, message: ChildMessage): void {
    if (message.processId !== processId || processId !== this.processId) return;
    if (message.type === "hello") this.reported({ type: "hello", hello: message });
    if (message.type !== "failed") return;
    this.#handle({ ...message, message: cleanText(message.message), type: "startFailed" });
    setTimeout(
      () =>
        processId === this.processId &&
        this.kill("the process did not exit after its failed start"),
      LEAVE_MS,
    ).unref();
  }

  #reasonOfReplacement(): Pick<LastExit, "reason"> {
    const { reason } = this.entry;
    const isReplaced = isLive(this.state) && this.state.afterwards?.is === "replaced";
    return isReplaced && reason !== undefined ? { reason } : {};
  }

  #exited(run: ReplicaRun, exit: Exit): void {
    const { register, listener, output } = this.#deps;
    register.remove(run.processId);
    this.lastRunExit = {
      ...exit,
      at: new Date().toISOString(),
      tail: output.tail(),
      ...this.#reasonOfReplacement(),
    };
    run.exited();
    listener.exited(this, run.processId, exit);
    const { maxRestarts } = this.launch;
    const lastLine = this.lastRunExit.tail.findLast((line) => line.trim() !== "");
    const context = {
      ...listener.exitContext(this),
      at: this.#deps.now(),
      random: this.#deps.random(),
      ...(maxRestarts === undefined ? {} : { maxRestarts }),
      ...(lastLine === undefined ? {} : { lastLine }),
    };
    this.#handle({ type: "exited", exit, context });
  }
}
