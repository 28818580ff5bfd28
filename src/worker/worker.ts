import type { ChildReport } from "../model/control/messages.ts";
import type { JflowError } from "../util/errors.ts";
import { waitAtMost } from "../util/wait-at-most.ts";
import type { ExecutorLog } from "../model/executor.ts";
import type { ReplicaSpec, WorkerHello } from "../model/replica.ts";
import { describeOwnDocuments } from "../wire/jina/messages/own-schema.ts";
import { makeFolder } from "../util/files/make-folder.ts";
import type { SupervisorLink, SupervisorSession } from "../wire/control/supervisor-link.ts";
import type { Tracer } from "../wire/tracing/tracer.ts";
import { WorkerServer } from "../wire/exchange/worker-server.ts";
import { readOptions } from "./batching/read-options.ts";
import { describeThrown } from "./executor/describe-thrown.ts";
import { describeExecutor, type DescribedExecutor } from "./executor/describe-executor.ts";
import { ExceptionLog } from "./executor/exception-log.ts";
import { endsProcess } from "./executor/executor-failure.ts";
import { ExecutorHost, type ExecutorOptions } from "./executor/executor-host.ts";
import { TracedLog } from "./observe/executor-log.ts";
import { WorkerObserver } from "./observe/worker-observer.ts";
import type { ReplicaService, ServiceEvents } from "./service/replica-service.ts";
import { carryOutTask, inspectService } from "./service/ask-service.ts";
import { reachableHost } from "./service/reachable-host.ts";
import { RequestGate } from "./service/request-gate.ts";
import { formatJinaPlace } from "./executor/results.ts";
import { StatelessService } from "./service/stateless-service.ts";
import { handleCommands } from "./service/supervisor-commands.ts";

/** The exit code of a worker that drained without problems. */
const EXIT_DRAINED = 0;
/** The exit code after an exception of `exit_on_exceptions`, or when the supervisor is gone. */
const EXIT_FAILED = 1;
/** The time that calls in flight get to finish when the process ends on its own. */
const LAST_CALLS_MS = 1000;

/** The collaborators of a worker in its process. */
export interface WorkerDeps {
  readonly supervisor: SupervisorLink<ReplicaSpec>;
  readonly log: ExecutorLog;
  /** Absent: requests are not traced. */
  readonly tracer?: Tracer | undefined;
  /** Ends the process. Called once. */
  end(code: number, message?: string): void;
}

/** A worker process that hosts one replica. */
export class Worker {
  readonly #spec: ReplicaSpec;
  readonly #deps: WorkerDeps;
  readonly #gate = new RequestGate();
  readonly #notices: string[] = [];
  readonly #exceptions: ExceptionLog;
  readonly #observer: WorkerObserver;
  #service: ReplicaService | undefined;
  #server: WorkerServer | undefined;
  #session: SupervisorSession | undefined;
  #hello: WorkerHello | undefined;
  #isEnding = false;

  private constructor(spec: ReplicaSpec, deps: WorkerDeps) {
    this.#spec = spec;
    this.#deps = deps;
    this.#observer = new WorkerObserver(spec, deps.tracer);
    this.#exceptions = new ExceptionLog((text) => deps.log.error(text));
  }

  /**
   * Loads the executor, recovers its state, listens, and registers with the supervisor. Resolves
   * when the worker serves. Throws what the executor's module, constructor, `load()` and
   * `restore()` throw, and if the spec is wrong.
   */
  static async start(spec: ReplicaSpec, deps: WorkerDeps): Promise<Worker> {
    const worker = new Worker(spec, deps);
    await worker.#start();
    return worker;
  }

  get hello(): WorkerHello {
    if (this.#hello === undefined) throw new Error("the worker has not started");
    return this.#hello;
  }

  async #start(): Promise<void> {
    this.#session = await this.#deps.supervisor.register(this.#spec);
    handleCommands(this.#session, this.#spec.address, {
      heartbeat: () => this.#heartbeat(),
      replication: (command) => this.#service?.copy?.command(command),
      drain: (timeoutMs, isBrief) => this.drain(timeoutMs, isBrief),
      inspect: async () => inspectService(this.#service),
      copyTask: async (task) => carryOutTask(this.#service, task),
      measure: () => this.#observer.measure(),
      lost: (reason) => this.#end(EXIT_FAILED, `the supervisor is gone: ${reason}`),
    });
    const known = await describeExecutor(this.#spec);
    this.#service = await this.#openService(known);
    const server = await this.#serve(known, this.#service);
    this.#server = server;
    this.#service.copy?.listenAt(`${reachableHost(this.#spec.host)}:${server.port}`);
    this.#hello = this.#makeHello(known, server.port);
    server.setServing(true);
  }

  /**
   * Takes no new requests, finishes the requests in flight within `timeoutMs`, saves the state, and
   * ends the process. `isBrief`: without a last snapshot.
   */
  drain(timeoutMs: number, isBrief = false): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    void this.#drain(timeoutMs, isBrief).then(
      () => this.#deps.end(EXIT_DRAINED),
      (thrown: unknown) =>
        this.#deps.end(EXIT_FAILED, `draining failed: ${describeThrown(thrown)}`),
    );
  }

  /** Writes an exception outside any request to the output, at a bounded rate. */
  reportStray(thrown: unknown): void {
    this.#exceptions.reportStray(thrown);
  }

  async #openService(known: DescribedExecutor): Promise<ReplicaService> {
    const spec = this.#spec;
    const executorOptions = this.#makeExecutorOptions(known);
    const options = {
      bindings: known.bindings,
      answerer: { place: formatJinaPlace(spec), executor: known.executor.name },
      events: this.#makeEvents(),
    };
    const batching = await readOptions(spec.dynamicBatching, known);
    if (!known.hello.stateful) {
      await makeFolder(spec.workspace);
      const host = await ExecutorHost.open(executorOptions);
      return new StatelessService(host, { ...options, batching });
    }
    const { StatefulService } = await import("./copy/stateful-service.ts");
    return StatefulService.open(spec, { executorOptions, ...options });
  }

  #makeExecutorOptions(known: DescribedExecutor): ExecutorOptions {
    const { address, shard, shards, replica, workspace, usesWith } = this.#spec;
    const place = { shard, shards, replica, workspace, log: this.#makeLog() };
    this.#observer.name(known.executor.name);
    return { executor: known.executor, config: usesWith, place, address, observer: this.#observer };
  }

  /**
   * The user also sees the warnings of an executor during its start, because the executor then runs
   * with reduced function.
   */
  #makeLog(): ExecutorLog {
    return new TracedLog({
      log: this.#deps.log,
      traceId: () => this.#observer.traceId,
      warned: (text) =>
        this.#hello === undefined && this.#notices.push(`${this.#spec.deployment}: ${text}`),
    });
  }

  #makeEvents(): ServiceEvents {
    return {
      threw: (error) => {
        this.#exceptions.report(error);
        this.#applyExitOnExceptions(error);
      },
      changed: () => this.#session?.send(this.#heartbeat()),
      notifyMaster: (notice) => this.#session?.send({ type: "replication", message: notice }),
      notice: (text) => this.#notice(text),
      fatal: (code, message) => this.#end(code, message),
    };
  }

  #serve(known: DescribedExecutor, service: ReplicaService): Promise<WorkerServer> {
    return WorkerServer.start({
      host: this.#spec.host,
      port: this.#spec.port ?? 0,
      maxMessageBytes: this.#spec.maxMessageBytes,
      handler: (request, signal) =>
        this.#observer.observe(request, (traced) =>
          this.#gate.pass(() => service.handle(traced, signal)),
        ),
      endpoints: {
        endpoints: known.hello.endpoints,
        writeEndpoints: known.hello.writes,
        schemas: describeOwnDocuments(known.hello.endpoints),
      },
      ...(service.copy === undefined ? {} : { replication: service.copy.handlers }),
    });
  }

  #makeHello(known: DescribedExecutor, port: number): WorkerHello {
    const copy = this.#service?.copy;
    return {
      ...known.hello,
      port,
      notices: [...known.hello.notices, ...this.#notices.splice(0)],
      ...(copy === undefined ? {} : { copyId: copy.copyId, empty: copy.isEmpty }),
    };
  }

  #heartbeat(): ChildReport {
    const service = this.#service;
    if (service === undefined) return { type: "heartbeat", docs: null };
    return {
      type: "heartbeat",
      docs: service.countDocuments(),
      ...(service.copy === undefined ? {} : { copy: service.copy.report() }),
    };
  }

  /** Notices are sent with the hello, and separately afterwards. */
  #notice(text: string): void {
    if (this.#hello === undefined) this.#notices.push(text);
    else this.#session?.send({ type: "notice", text });
  }

  async #drain(timeoutMs: number, isBrief: boolean): Promise<void> {
    this.#server?.setServing(false);
    await waitAtMost(this.#shut("is draining"), timeoutMs);
    await this.#service?.close(isBrief);
    await this.#server?.close(LAST_CALLS_MS);
    await this.#deps.tracer?.close();
    await this.#deps.supervisor.close();
  }

  #shut(reason: string): Promise<void> {
    const answered = this.#gate.shut(`${this.#spec.address} ${reason}`);
    this.#service?.finishWaiting?.();
    return answered;
  }

  #applyExitOnExceptions(error: JflowError): void {
    if (!endsProcess(error.cause, this.#spec.exitOnExceptions) || this.#isEnding) return;
    void this.#shut("ends after an exception");
    void this.#endAfterAnswering(`exit_on_exceptions: ${error.message}`);
  }

  async #endAfterAnswering(message: string): Promise<void> {
    try {
      await this.#server?.close(LAST_CALLS_MS);
    } finally {
      this.#end(EXIT_FAILED, message);
    }
  }

  #end(code: number, message: string): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#deps.end(code, message);
  }
}
