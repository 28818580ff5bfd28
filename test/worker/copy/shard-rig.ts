import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { vi } from "vitest";
import type { ChildReport, Inspection } from "../../../src/model/control/messages.ts";
import { APPLYING_FILE, parseApplying } from "../../../src/model/shard/applying.ts";
import { JflowError } from "../../../src/util/errors.ts";
import type { ReplicaSpec } from "../../../src/model/replica.ts";
import {
  Master,
  type CopyNotice,
  type CopyCommand,
  type MasterAction,
  type MasterEvent,
  type PersistedShard,
} from "../../../src/replication/replication.ts";
import type { WorkerReply } from "../../../src/wire/exchange/messages.ts";
import type { WorkerBench, WorkerProcess } from "../worker-process.ts";
import { makeRequest, readTexts } from "./rig.ts";

/** The delay between tries, in milliseconds. */
const RETRY = { timeout: 20_000, interval: 20 };

/**
 * One shard of real worker processes, led by the master of `replication/`. The rig does what a
 * supervisor does for a shard.
 */
export class ShardRig {
  readonly #bench: WorkerBench;
  readonly #master: Master;
  readonly #deployment: string;
  readonly #replicas: number;
  readonly #spec: Partial<ReplicaSpec>;
  readonly #workers = new Map<number, WorkerProcess>();
  readonly #watchers = new Set<() => void>();
  readonly #held = new Set<number>();
  readonly #inspections = new Map<number, (inspection: Inspection) => void>();
  /** The address of each process that has sent hello. */
  readonly #targets: Record<string, string> = {};
  #persisted: PersistedShard | null;
  #wait: NodeJS.Timeout | undefined;
  #questions = 0;
  #isStopping = false;
  /** The notices of the workers for the user. */
  readonly notices: string[] = [];

  constructor(
    bench: WorkerBench,
    options: {
      deployment: string;
      replicas: number;
      persisted?: PersistedShard | null;
      spec?: Partial<ReplicaSpec>;
    },
  ) {
    this.#bench = bench;
    this.#deployment = options.deployment;
    this.#replicas = options.replicas;
    this.#spec = options.spec ?? {};
    this.#persisted = options.persisted ?? null;
    this.#master = new Master({
      persisted: this.#persisted,
      replicas: options.replicas,
      mayLoseTail: false,
    });
    this.#perform(this.#master.start());
    for (let replica = 0; replica < options.replicas; replica += 1) this.#start(replica);
  }

  get persisted(): PersistedShard | null {
    return this.#persisted;
  }
  /** Whether that replica is held. */
  isHeld(replica: number): boolean {
    return this.#held.has(replica);
  }
  get inSyncCount(): number {
    return this.#master.shard.inSync.length;
  }

  worker(replica: number): WorkerProcess {
    const worker = this.#workers.get(replica);
    if (worker === undefined) throw new Error(`no process of replica ${replica}`);
    return worker;
  }

  /** The primary's process, if there is one. */
  get primary(): WorkerProcess | undefined {
    const { phase, primary } = this.#master.shard;
    return phase === "led"
      ? [...this.#workers.values()].find(({ spec }) => spec.processId === primary?.processId)
      : undefined;
  }

  /** A process that is not the primary's. */
  get follower(): WorkerProcess {
    const found = [...this.#workers.values()].find((worker) => worker !== this.primary);
    if (found === undefined) throw new Error("there is only the primary");
    return found;
  }

  /** Resolves once `condition` holds. The condition is checked after each event of the shard. */
  until(condition: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#watchers.delete(look);
        reject(
          new Error(
            `${what} did not come: ${JSON.stringify(this.#master.shard)}\n${this.#outputs()}`,
          ),
        );
      }, 20_000);
      const look = (): void => {
        if (!condition()) return;
        clearTimeout(late);
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** All replicas in-sync, under a primary. */
  green(): Promise<void> {
    return this.until(
      () => this.primary !== undefined && this.inSyncCount === this.#replicas && this.#areLive(),
      "green",
    );
  }

  /**
   * Writes as a gateway does: to the primary, and again under the same id until the write is
   * acknowledged.
   */
  async write(
    operationId: string,
    endpoint: string,
    documents: Readonly<Record<string, string>>,
  ): Promise<WorkerReply> {
    const requests = [makeRequest(documents, endpoint)];
    const attempt = async (): Promise<WorkerReply | JflowError> => {
      const primary = this.primary;
      if (primary === undefined) throw new JflowError("UNAVAILABLE", "no primary");
      try {
        const connection = await primary.connection();
        return await connection.call({ endpoint, operationId, requests });
      } catch (error) {
        if (!(error instanceof JflowError) || error.code === "UNAVAILABLE") throw error;
        return error;
      }
    };
    const ended = await vi.waitFor(attempt, RETRY);
    if (ended instanceof JflowError) throw ended;
    return ended;
  }

  /** Reads from that copy. Rejects where it is not in the read rotation. */
  async read(replica: number, ...ids: readonly string[]): Promise<string[]> {
    const connection = await this.worker(replica).connection();
    const documents = Object.fromEntries(ids.map((id) => [id, ""]));
    return readTexts(
      await connection.call({ endpoint: "/get", requests: [makeRequest(documents, "/get")] }),
    );
  }

  /**
   * Returns the inspection of that copy, or undefined where its process ended before it answered.
   */
  async inspect(replica: number): Promise<Inspection | undefined> {
    this.#questions += 1;
    const id = this.#questions;
    const answered = new Promise<Inspection>((resolve) => {
      this.#inspections.set(id, resolve);
    });
    const worker = this.worker(replica);
    await worker.command({ type: "inspect", id });
    return Promise.race([answered, worker.exit.then(() => undefined)]);
  }

  /** Resolves with the inspection of all copies, once they are equal. */
  converged(): Promise<Inspection> {
    return vi.waitFor(async () => {
      await this.green();
      const inspections = await Promise.all(
        Array.from({ length: this.#replicas }, (_, replica) => this.inspect(replica)),
      );
      const [first, ...others] = inspections;
      if (first === undefined || !others.every((other) => isDeepStrictEqual(other, first))) {
        throw new Error(`the copies differ: ${JSON.stringify(inspections)}`);
      }
      return first;
    }, RETRY);
  }

  /** Kills all processes at once and starts none of them again. */
  async killAll(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#wait);
    await Promise.all(
      [...this.#workers.values()].map(async (worker) => {
        worker.child.kill("SIGKILL");
        await worker.exit;
      }),
    );
  }

  /** Drains all processes, one after another. Returns their exit codes. */
  async drainAll(): Promise<(number | null)[]> {
    this.#isStopping = true;
    clearTimeout(this.#wait);
    const codes: (number | null)[] = [];
    for (const worker of this.#workers.values()) {
      await worker.command({ type: "drain", timeoutMs: 5000 });
      codes.push((await worker.exit).code);
    }
    return codes;
  }

  #areLive(): boolean {
    return this.#master.shard.copies.every((copy) => copy.condition === "live");
  }

  #start(replica: number): void {
    const worker = this.#bench.start({
      ...this.#spec,
      deployment: this.#deployment,
      replica,
      replicas: this.#replicas,
    });
    this.#workers.set(replica, worker);
    const { processId } = worker.spec;
    this.#happened({ type: "processStarted", processId, replica });
    worker.onReport((report) => this.#hear(report, processId));
    void this.#awaitHello(replica, worker);
    void this.#awaitExit(replica, worker);
  }

  async #awaitHello(replica: number, worker: WorkerProcess): Promise<void> {
    const answer = await worker.answer;
    if (answer.type !== "hello") return;
    const { processId, port, copyId, empty, notices } = answer;
    this.notices.push(...notices);
    this.#targets[processId] = `127.0.0.1:${port}`;
    this.#happened({ type: "hello", processId, replica, copyId: copyId!, empty: empty! });
  }

  async #awaitExit(replica: number, worker: WorkerProcess): Promise<void> {
    await worker.exit;
    const { processId, workspace } = worker.spec;
    const applying = parseApplying(
      await readFile(join(workspace, APPLYING_FILE), "utf8").catch(() => ""),
    );
    this.#happened({ type: "exited", processId, ...(applying === undefined ? {} : { applying }) });
    if (!this.#isStopping && !this.#held.has(replica)) this.#start(replica);
  }

  /** Starts the replica with an empty workspace. */
  async #startAnew(replica: number): Promise<void> {
    await rm(this.worker(replica).spec.workspace, { recursive: true, force: true });
    this.#start(replica);
  }

  #hear(report: ChildReport, processId: string): void {
    if (report.type === "notice") this.notices.push(report.text);
    if (report.type === "inspected") this.#inspections.get(report.id)?.(report.inspection);
    if (report.type !== "replication") return;
    const notice = report.message as CopyNotice;
    this.#happened(notice.type === "requested" ? notice : { ...notice, processId });
  }

  #happened(event: MasterEvent): void {
    if (this.#isStopping) return;
    this.#perform(this.#master.handle(event));
    for (const look of this.#watchers) look();
  }

  #perform(actions: readonly MasterAction[]): void {
    for (const action of actions) {
      if ("replica" in action) this.#holdOrRelease(action);
      else this.#carryOut(action);
    }
  }

  #holdOrRelease(action: Extract<MasterAction, { replica: number }>): void {
    if (action.type === "hold") {
      this.#held.add(action.replica);
    } else {
      this.#held.delete(action.replica);
      void this.#startAnew(action.replica);
    }
  }

  #carryOut(action: Exclude<MasterAction, { replica: number }>): void {
    switch (action.type) {
      case "save":
        this.#persisted = action.state;
        setImmediate(() => this.#happened({ type: "saved", state: action.state }));
        break;
      case "kill":
        this.#byProcess(action.processId)?.child.kill("SIGKILL");
        break;
      case "ask":
        this.#tell(action.processId, { type: "ask", term: action.term });
        break;
      case "promote":
        this.#tell(action.processId, { ...action, targets: this.#targets });
        break;
      case "announce":
        this.#tell(action.to, { ...action, targets: this.#targets });
        break;
      case "answer":
        this.#tell(action.to, { type: "answer", answer: action.answer });
        break;
      case "wait":
        clearTimeout(this.#wait);
        this.#wait = setTimeout(() => this.#happened({ type: "waitOver" }), action.afterMs);
        break;
      case "commandDone":
        break;
    }
  }

  #tell(processId: string, message: CopyCommand): void {
    void this.#byProcess(processId)?.command({ type: "replication", message });
  }

  #byProcess(processId: string): WorkerProcess | undefined {
    return [...this.#workers.values()].find(({ spec }) => spec.processId === processId);
  }

  #outputs(): string {
    return [...this.#workers.values()]
      .map(
        ({ spec, output }) =>
          `${spec.address} ${spec.processId}:\n${output.stdout}${output.stderr}`,
      )
      .join("\n");
  }
}
