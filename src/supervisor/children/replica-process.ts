import { randomBytes } from "node:crypto";
import type { PlannedReplica } from "../../flow/flow.ts";
import type { ChildCommand, CopyReport, ReplicaTraffic } from "../../model/control.ts";
import type { ChildMessage, ChildSpec, GatewayHello, WorkerHello } from "../../model/replica.ts";
import type { ChildChannel } from "../../wire/control/serve-control.ts";
import type { ChildRegister } from "./child-register.ts";
import type { OutputFile } from "./output-file.ts";
import { spawnChild, type Child, type SpawnOptions } from "./spawn-child.ts";
import { messageOf } from "../../util/error-code.ts";
import { WORKER_HOST } from "../decide/child-specs.ts";
import {
  describeExit,
  isLive,
  isServing,
  NEW_LIFE,
  onDraining,
  onExited,
  onHello,
  onKilled,
  onStarted,
  type Exit,
  type ExitContext,
  type Life,
} from "../decide/replica-state.ts";
import { Pulse } from "./pulse.ts";

/** How the process of one replica is started. */
export interface Launch extends Pick<SpawnOptions, "entry" | "nodeOptions" | "env" | "cwd"> {
  readonly timeoutReadyMs: number;
  readonly maxRestarts?: number;
  /** Names everything a restart would change. */
  readonly configHash: string;
  spec(processId: string): ChildSpec;
}

/** What a replica tells its supervisor. */
export interface ReplicaListener {
  /** Its `life` is another than before. */
  changed(replica: ReplicaProcess): void;
  started(replica: ReplicaProcess, processId: string): void;
  /** It said hello and registered: from now on it can be given orders. */
  introduced(replica: ReplicaProcess, hello: WorkerHello | GatewayHello): void;
  wrote(replica: ReplicaProcess, stream: "stdout" | "stderr", text: string): void;
  /** Its process is gone; `life` is still that of before. */
  exited(replica: ReplicaProcess, processId: string, exit: Exit): void;
  /** What decides how the exit is taken. */
  exitContext(replica: ReplicaProcess): Pick<ExitContext, "unwanted" | "leaderless">;
}

export interface ReplicaTools {
  readonly launch: Launch;
  readonly register: ChildRegister;
  readonly output: OutputFile;
  readonly listener: ReplicaListener;
  now(): number;
}

/** How its last process ended. */
export interface LastExit extends Exit {
  readonly at: string;
  readonly tail: readonly string[];
}

/** After a child said that it cannot start, it is given this long to leave by itself. */
const LEAVE_MS = 2_000;

/**
 * One planned replica: its process, one after another, and what is known of it. Decides nothing:
 * `decide/` does.
 */
export class ReplicaProcess {
  readonly planned: PlannedReplica;
  readonly tools: ReplicaTools;
  #life: Life = NEW_LIFE;
  #child: Child | undefined;
  #final: string | undefined;
  #failure: string | undefined;
  /** Its control channel once it has registered. */
  channel: ChildChannel | undefined;
  hello: WorkerHello | GatewayHello | undefined;
  docs: number | null = null;
  copy: CopyReport | undefined;
  traffic: ReplicaTraffic | undefined;
  pulse = new Pulse();
  /** Processor time at the last look of `jflow ps`. */
  cpuLook: { readonly at: number; readonly cpuMs: number } | undefined;
  lastExit: LastExit | undefined;
  startedAt: Date | undefined;
  /** False after `jflow stop`. */
  wanted = true;
  /** Why it must not be started for now, if it must not. */
  held: string | undefined;

  constructor(planned: PlannedReplica, tools: ReplicaTools) {
    this.planned = planned;
    this.tools = tools;
  }

  get address(): string {
    return this.planned.address;
  }

  get life(): Life {
    return this.#life;
  }

  set life(next: Life) {
    if (next === this.#life) return;
    this.#life = next;
    this.tools.listener.changed(this);
  }

  get pid(): number | null {
    return this.#child?.identity.pid ?? null;
  }

  get processId(): string | null {
    return isLive(this.#life.state) ? this.#life.state.processId : null;
  }

  /** Why the child said it cannot start, or how it ended. */
  get failure(): string {
    return (
      this.#final ??
      this.#failure ??
      (this.lastExit === undefined ? "it did not start" : describeExit(this.lastExit))
    );
  }

  /** Starts a process; it is sent its spec when it is on record. */
  start(): void {
    const { launch, output, listener } = this.tools;
    const processId = `${this.address}-${randomBytes(6).toString("hex")}`;
    output.startTail();
    this.#forget();
    this.life = onStarted(this.#life, processId, this.tools.now());
    this.startedAt = new Date();
    listener.started(this, processId);
    try {
      const child = spawnChild({
        ...launch,
        onLine: (stream, text) => listener.wrote(this, stream, text),
        onMessage: (message) => this.#hear(processId, message),
      });
      this.#follow(child, processId, launch.spec(processId));
    } catch (error) {
      // The machine has no room for another process.
      this.#failure = messageOf(error);
      setImmediate(() => this.#gone(processId, { code: null, signal: null }));
    }
  }

  #follow(child: Child, processId: string, spec: ChildSpec): void {
    this.#child = child;
    child.gone.then(
      (exit) => this.#gone(processId, exit),
      (error: unknown) => this.kill(messageOf(error)),
    );
    this.tools.register.add({ ...child.identity, address: this.address, processId }).then(
      () => child.send(spec),
      (error: unknown) => this.kill(`its pid could not be recorded: ${messageOf(error)}`),
    );
  }

  /** Takes the control channel of its process. */
  register(channel: ChildChannel): void {
    this.channel = channel;
    channel.onClosed(() => {
      if (this.channel === channel) this.channel = undefined;
    });
    this.#introduce();
  }

  /** It serves when it has said hello and registered: only then can it be given orders. */
  #introduce(): void {
    const { hello } = this;
    if (hello === undefined || this.channel === undefined || this.#life.state.name !== "starting")
      return;
    this.life = onHello(this.#life, this.tools.now(), hello.kind === "worker" && hello.stateful);
    this.tools.listener.introduced(this, hello);
  }

  send(command: ChildCommand): void {
    this.channel?.send(command);
  }

  /**
   * Asks for a sign of life. Resolves when it came: all that it was sent before has then arrived;
   * or when the process is gone.
   */
  async heartbeat(): Promise<void> {
    this.send({ type: "heartbeat" });
    await this.pulse.sent();
  }

  /** Asks it to finish and leave. */
  drain(deadline: number): void {
    this.life = onDraining(this.#life, deadline);
    if (this.channel === undefined)
      this.kill("it has not registered, so it cannot be asked to finish");
    else this.send({ type: "drain", timeoutMs: Math.max(0, deadline - this.tools.now()) });
  }

  /** SIGKILL. `final`: it is not to be started again. */
  kill(reason: string, final = false): void {
    if (!isLive(this.#life.state)) return;
    if (final) this.#final = reason;
    this.life = onKilled(this.#life, reason);
    this.#child?.kill();
  }

  #forget(): void {
    this.#final = undefined;
    this.#failure = undefined;
    this.channel = undefined;
    this.hello = undefined;
    this.copy = undefined;
    this.traffic = undefined;
    this.docs = null;
    this.cpuLook = undefined;
    this.pulse = new Pulse();
  }

  #hear(processId: string, message: ChildMessage): void {
    if (message.processId !== processId || processId !== this.processId) return;
    if (message.type === "failed") {
      this.#failure = message.message;
      // What is missing or taken does not come within seconds; later on, when clients rely on the
      // flow, it is tried for.
      if (message.isLasting && !this.#life.hasServed) this.#final = message.message;
      setTimeout(
        () => processId === this.processId && this.kill("it said that it cannot start"),
        LEAVE_MS,
      ).unref();
      return;
    }
    if (message.type !== "hello") return;
    this.hello = message;
    this.#introduce();
  }

  #gone(processId: string, exit: Exit): void {
    const { register, listener, output, launch } = this.tools;
    register.remove(processId);
    this.channel = undefined;
    this.pulse.end();
    this.lastExit = { ...exit, at: new Date().toISOString(), tail: output.tail() };
    listener.exited(this, processId, exit);
    this.#child = undefined;
    const final = this.#final ?? this.held;
    this.life = onExited(this.#life, exit, {
      ...listener.exitContext(this),
      at: this.tools.now(),
      ...(launch.maxRestarts === undefined ? {} : { maxRestarts: launch.maxRestarts }),
      ...(final === undefined ? {} : { final }),
    });
  }

  /** `host:port` of a worker that serves. */
  get target(): string | null {
    const { hello } = this;
    if (hello?.kind !== "worker" || !isServing(this.#life.state)) return null;
    return `${WORKER_HOST}:${hello.port}`;
  }
}
