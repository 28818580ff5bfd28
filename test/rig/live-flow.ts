import assert from "node:assert/strict";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { ControlAnswer, ControlRequest } from "../../src/model/control/messages.ts";
import type {
  FlowStatus,
  HealthReport,
  ShardStatus,
  VerifyReport,
} from "../../src/model/control/status.ts";
import { flowId, flowPaths, runtimePaths } from "../../src/model/paths.ts";
import { ControlClient } from "../../src/wire/control/control-client.ts";
import { eventually, isAlive, Rig } from "./rig.ts";

/** A document that a test posts. */
export interface Note {
  readonly id: string;
  readonly text?: string;
  readonly embedding?: readonly number[];
  readonly tags?: Readonly<Record<string, unknown>>;
}

/** A document in an answer of the HTTP front. */
export interface Answered {
  readonly id: string;
  readonly text: string | null;
  readonly tags: Readonly<Record<string, unknown>> | null;
  readonly matches: readonly Answered[] | null;
  readonly scores: Readonly<Record<string, { readonly value: number }>> | null;
}

/** The outcome of one request. */
export interface Outcome {
  /** Whether the status is HTTP 200 and `header.status` has no error. */
  readonly ok: boolean;
  /** The HTTP status; 0 if there was no answer. */
  readonly http: number;
  readonly why: string;
  readonly docs: readonly Answered[];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly ms: number;
}

interface PostOptions {
  readonly key?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** A regular expression that selects deployments by name. */
  readonly target?: string;
}

/** Returns a flow with `shards` x `replicas` of one executor named `notes`. */
export function notesFlow(shape: {
  shards: number;
  replicas: number;
  uses?: string;
  more?: readonly string[];
}): string {
  return [
    "jtype: Flow",
    "with: {protocol: http, port: 0}",
    "executors:",
    "  - name: notes",
    `    uses: ${shape.uses ?? "./notebook.ts"}`,
    `    shards: ${shape.shards}`,
    `    replicas: ${shape.replicas}`,
    ...(shape.more ?? []).map((line) => `    ${line}`),
    "",
  ].join("\n");
}

/**
 * A running flow of real processes. Posts over HTTP, asks the supervisor directly, and kills any
 * process of the flow.
 */
export class LiveFlow implements AsyncDisposable {
  readonly rig: Rig;
  #control: ControlClient | undefined;
  #gateway = "";

  private constructor(rig: Rig) {
    this.rig = rig;
  }

  /** Starts a flow and waits until it is green. */
  static async start(flow: string, env: Readonly<Record<string, string>> = {}): Promise<LiveFlow> {
    const live = LiveFlow.prepare(flow, env);
    await live.up();
    await live.whenHealth("green");
    return live;
  }

  /** Writes the flow and its executor to a folder without starting them. */
  static prepare(flow: string, env: Readonly<Record<string, string>> = {}): LiveFlow {
    const rig = new Rig(flow, env);
    rig.useExecutor("notebook.ts");
    return new LiveFlow(rig);
  }

  /** Runs `jflow up -d` and finds the gateway. */
  async up(): Promise<void> {
    await this.rig.up();
    await this.findGateway();
  }

  async findGateway(): Promise<void> {
    const { flow } = await this.status();
    this.#gateway = flow.gateway["http"] ?? "";
  }

  get file(): string {
    return realpathSync(join(this.rig.folder, "flow.yml"));
  }

  get stateFile(): string {
    return flowPaths(this.file).stateFile;
  }

  /** Returns the folder `<data>/notes/<shard>/<replica>`. */
  workspace(address: string): string {
    return join(flowPaths(this.file).data, address);
  }

  async ask(request: ControlRequest): Promise<ControlAnswer> {
    this.#control ??= new ControlClient(this.#runtime.socket);
    return this.#control.ask(request, 20_000);
  }

  async status(): Promise<FlowStatus> {
    const answer = await this.ask({ ask: "status" });
    if (!answer.ok || !("status" in answer))
      throw new Error(`no status: ${JSON.stringify(answer)}`);
    return answer.status;
  }

  async shards(): Promise<readonly ShardStatus[]> {
    const answer = await this.ask({ ask: "shards" });
    if (!answer.ok || !("shards" in answer))
      throw new Error(`no shards: ${JSON.stringify(answer)}`);
    return answer.shards;
  }

  async health(): Promise<HealthReport> {
    const answer = await this.ask({ ask: "health" });
    if (!answer.ok || !("health" in answer))
      throw new Error(`no health: ${JSON.stringify(answer)}`);
    return answer.health;
  }

  async whenHealth(
    wanted: HealthReport["status"],
    timeoutMs: number = 30_000,
  ): Promise<HealthReport> {
    return eventually(
      `${this.rig.folder} becomes ${wanted}`,
      async () => {
        const health = await this.health();
        return health.status === wanted && health;
      },
      timeoutMs,
    );
  }

  /** Waits until each shard has a primary. Returns their addresses in the order of the shards. */
  async primaries(): Promise<readonly string[]> {
    return eventually("every shard has a primary", async () => {
      const shards = await this.shards();
      const wanted = new Set(shards.map(({ shard }) => shard)).size;
      const primaries = shards.filter(
        ({ role, state }) => role === "primary" && state === "STARTED",
      );
      return primaries.length === wanted && primaries.map(({ address }) => address);
    });
  }

  /** Returns the copies that are not the primary of their shard. */
  async followers(): Promise<readonly string[]> {
    const primaries = await this.primaries();
    return (await this.shards())
      .map(({ address }) => address)
      .filter((address) => !primaries.includes(address));
  }

  /** Sends a signal to a copy. Returns its pid, or null if it has no process. */
  async signal(address: string, signal: NodeJS.Signals): Promise<number | null> {
    const row = (await this.shards()).find((shard) => shard.address === address);
    if (row === undefined) throw new Error(`no copy ${address}`);
    if (row.pid === null) return null;
    signalPid(row.pid, signal);
    return row.pid;
  }

  /** Waits until the process has ended. */
  async whenGone(pid: number): Promise<void> {
    await eventually(`process ${pid} is gone`, async () => !(await isAlive(pid)));
  }

  /** Kills the supervisor and waits until all processes have ended. Returns their pids. */
  async killSupervisor(): Promise<readonly number[]> {
    const { flow } = await this.status();
    const children = this.children();
    signalPid(flow.supervisorPid, "SIGKILL");
    for (const pid of [flow.supervisorPid, ...children]) await this.whenGone(pid);
    this.#forgetControl();
    return children;
  }

  /** Returns the pids that the supervisor has recorded. */
  children(): readonly number[] {
    if (!existsSync(this.#runtime.childrenFile)) return [];
    return (JSON.parse(readFileSync(this.#runtime.childrenFile, "utf8")) as { pid: number }[]).map(
      ({ pid }) => pid,
    );
  }

  /** Kills all processes of the flow at once. */
  async killAll(): Promise<void> {
    const { flow } = await this.status();
    const children = this.children();
    for (const pid of [flow.supervisorPid, ...children]) signalPid(pid, "SIGKILL");
    for (const pid of [flow.supervisorPid, ...children]) await this.whenGone(pid);
    this.#forgetControl();
  }

  /** Runs `jflow down`. */
  async down(): Promise<void> {
    await this.rig.ok(["down"]);
    this.#forgetControl();
  }

  /** Posts documents over HTTP. A lost connection is an outcome with `http` 0. */
  async post(endpoint: string, docs: readonly Note[], options: PostOptions = {}): Promise<Outcome> {
    const start = performance.now();
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (options.key !== undefined) headers["idempotency-key"] = options.key;
    try {
      const { parameters = {}, target } = options;
      const body = JSON.stringify({
        data: docs,
        parameters,
        ...(target === undefined ? {} : { targetExecutor: target }),
      });
      const response = await fetch(`${this.#gateway}${endpoint}`, {
        method: "POST",
        headers,
        body,
      });
      return readOutcome(response.status, await response.text(), performance.now() - start);
    } catch (error) {
      const why =
        error instanceof Error ? `${error.message}: ${String(error.cause)}` : String(error);
      return { ok: false, http: 0, why, docs: [], parameters: {}, ms: performance.now() - start };
    }
  }

  /** Posts documents and fails the test if the answer is an error. */
  async must(endpoint: string, docs: readonly Note[], options: PostOptions = {}): Promise<Outcome> {
    const outcome = await this.post(endpoint, docs, options);
    const ids = docs
      .map(({ id }) => id)
      .join(",")
      .slice(0, 80);
    assert.ok(outcome.ok, `${endpoint} of ${ids}: ${outcome.why}\n${this.output(15)}`);
    return outcome;
  }

  /** Reads the notes of every copy from the copy itself. Returns them by address. */
  async verify(): Promise<VerifyReport> {
    const answer = await this.ask({ ask: "verify" });
    if (!answer.ok || !("verify" in answer))
      throw new Error(`no verify: ${JSON.stringify(answer)}`);
    return answer.verify;
  }

  /** Waits until the flow is green, and expects all copies of each shard to be equal (G7). */
  async expectEqualCopies(): Promise<void> {
    await this.whenHealth("green", 60_000);
    const report = await eventually("verify finds all copies equal", async () => {
      const verified = await this.verify();
      return (verified.equal && verified) || undefined;
    }).catch(async () => this.verify());
    assert.ok(report.equal, `G7: copies differ: ${JSON.stringify(report, null, 1)}`);
  }

  /** Returns the last lines of all processes, for the message of a failure. */
  output(lines: number = 40): string {
    const path = join(flowPaths(this.file).output, "supervisor.log");
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(-lines).join("\n") : "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#forgetControl();
    await this.rig[Symbol.asyncDispose]();
  }

  get #runtime(): ReturnType<typeof runtimePaths> {
    return runtimePaths(join(this.rig.folder, "run", "jflow"), flowId(this.file));
  }

  #forgetControl(): void {
    this.#control?.close();
    this.#control = undefined;
  }
}

/** Sends a signal to a process that may have ended. */
export function signalPid(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

interface Body {
  readonly header?: {
    readonly status: { readonly code: number; readonly description: string } | null;
  };
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly data?: readonly Answered[] | null;
}

function readOutcome(http: number, text: string, ms: number): Outcome {
  const body = JSON.parse(text) as Body;
  const status = body.header?.status ?? { code: 0, description: text.slice(0, 300) };
  const ok = http === 200 && status.code === 0;
  const why = ok ? "" : `HTTP ${http}: ${status.description}`;
  return { ok, http, why, docs: body.data ?? [], parameters: body.parameters ?? {}, ms };
}
