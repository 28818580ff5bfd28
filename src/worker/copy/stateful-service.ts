import type { Cancellation } from "../../wire/cancellation.ts";
import { randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { Inspection } from "../../model/control/messages.ts";
import { JflowError, toJflowError } from "../../util/errors.ts";
import type { ReplicaSpec } from "../../model/replica.ts";
import type { WorkerReply, WorkerRequest } from "../../wire/exchange/messages.ts";
import { findMethod, type Bindings } from "../executor/bindings.ts";
import { readCall, type ExecutorCall } from "../executor/executor-call.ts";
import type { ExecutorOptions } from "../executor/executor-host.ts";
import { toReply, type Answerer } from "../executor/replies.ts";
import type { CopyService, ReplicaService, ServiceEvents } from "../service/replica-service.ts";
import { passThrough } from "../executor/results.ts";
import { ApplyingMark } from "../disk/applying-mark.ts";
import { CheckpointKeeper } from "../disk/checkpoint-keeper.ts";
import { ShardCopyService } from "./shard-copy-service.ts";
import { CopyDriver } from "./copy-driver.ts";
import { CopyLinks } from "../links/copy-links.ts";
import { ApplyQueue } from "./apply-queue.ts";
import { FreeSpace } from "../disk/free-space.ts";
import { recoverCopy, type RecoveredCopy } from "../disk/recover-copy.ts";
import { findStagedBackup } from "../disk/staged-backup.ts";
import { Snapshotter } from "./snapshotter.ts";
import { recordBytesOf, PendingWrites } from "./pending-writes.ts";

/** Exit code when the disk failed under the log (EX_IOERR). */
const EXIT_DISK_FAILED = 74;
/** Exit code when the copy must not continue with its memory (EX_SOFTWARE). */
const EXIT_COPY_DIED = 70;

export interface StatefulOptions {
  readonly executorOptions: ExecutorOptions;
  readonly bindings: Bindings;
  readonly answerer: Answerer;
  readonly events: ServiceEvents;
}

/** One of the copies of a shard: writes go through the log, reads go to the executor. */
export class StatefulService implements ReplicaService {
  readonly copy: CopyService;
  readonly #spec: ReplicaSpec;
  readonly #options: StatefulOptions;
  readonly #found: RecoveredCopy;
  readonly #mark: ApplyingMark;
  readonly #queue: ApplyQueue;
  readonly #snapshotter: Snapshotter;
  readonly #pending: PendingWrites;
  readonly #checkpoint: CheckpointKeeper;
  readonly #links: CopyLinks;
  readonly #driver: CopyDriver;
  readonly #space: FreeSpace;
  #onRecovered: () => void = () => undefined;

  private constructor(spec: ReplicaSpec, options: StatefulOptions, found: RecoveredCopy) {
    this.#spec = spec;
    this.#options = options;
    this.#found = found;
    const { workspace, host, history, log, snapshotStore } = found;
    this.#mark = new ApplyingMark(workspace.folder);
    this.#queue = new ApplyQueue(host, {
      bindings: options.bindings,
      history,
      mark: this.#mark,
      findBackup: async (name) => findStagedBackup(workspace.folder, name),
    });
    this.#snapshotter = new Snapshotter({ host, queue: this.#queue, snapshotStore, log, history });
    this.#pending = new PendingWrites(options.answerer, (error) => options.events.threw(error));
    this.#space = new FreeSpace(
      () => workspace.freeBytes(),
      () => performance.now(),
    );
    this.#checkpoint = new CheckpointKeeper(
      (checkpoint) => workspace.recordCheckpoint(checkpoint),
      (error) =>
        options.events.notice(`${spec.address}: cannot record the checkpoint: ${String(error)}`),
    );
    this.#links = new CopyLinks(spec.processId, (event) => this.#driver.feed(event));
    this.#driver = this.#makeDriver(options);
    this.copy = new ShardCopyService(found, {
      driver: this.#driver,
      links: this.#links,
      pending: this.#pending,
      maxBytesPerSec: spec.recoveryMaxBytesPerSec,
    });
  }

  /** Recovers the copy from its workspace. Resolves when its log is replayed and on disk. */
  static async open(spec: ReplicaSpec, options: StatefulOptions): Promise<StatefulService> {
    const recovered = await recoverCopy({
      folder: spec.workspace,
      durability: spec.durability,
      executorOptions: options.executorOptions,
      notice: (text) => options.events.notice(`${spec.address}: ${text}`),
    });
    const service = new StatefulService(spec, options, recovered);
    await service.#recover();
    return service;
  }

  #recover(): Promise<void> {
    return new Promise((resolve) => {
      this.#onRecovered = resolve;
      this.#driver.feed({ type: "started" });
    });
  }

  async handle(request: WorkerRequest, signal: Cancellation): Promise<WorkerReply> {
    const call = readCall(request);
    const method = findMethod(this.#options.bindings, call.endpoint);
    if (method === undefined) return { response: passThrough(call), isError: false };
    return this.#options.bindings.writes.has(method)
      ? this.#write(request, call, signal)
      : this.#read(method, call, signal);
  }

  countDocuments(): number | null {
    return this.#found.host.countDocuments();
  }

  inspect(): Promise<Inspection> {
    const { history, host } = this.#found;
    return this.#queue.exclusively(async () => ({
      seq: history.mark.seq,
      docs: host.countDocuments(),
      history: history.mark.hash,
      digest: await host.digest(),
    }));
  }

  /**
   * Saves a snapshot if every in-sync copy is known to hold the state, so that the next start does
   * not replay records. `isBrief`: saves none, because the writes of the shard wait.
   */
  async close(isBrief = false): Promise<void> {
    const { copy } = this.#driver;
    this.#driver.freeze();
    this.#links.close();
    this.#snapshotter.close();
    this.#pending.refuseAll(`${this.#spec.address} is draining`);
    const { history, host, log, snapshotStore } = this.#found;
    const { position } = copy;
    await this.#queue.exclusively(async () => undefined);
    const isSafe = history.mark.seq === position.seq && copy.checkpoint >= position.seq;
    if (!isBrief && isSafe && position.seq > snapshotStore.newestSeq) await this.#saveLast();
    await this.#checkpoint.close();
    await log.close();
    this.#mark.close();
    await host.close();
  }

  async #saveLast(): Promise<void> {
    const { position } = this.#driver.copy;
    try {
      await this.#found.log.sync();
      await this.#snapshotter.take(position, () => this.#driver.copy.operationsAt(position.seq));
      await this.#snapshotter.count(position);
    } catch (error) {
      this.#options.events.notice(
        `${this.#spec.address}: cannot save a last snapshot: ${String(error)}`,
      );
    }
  }

  async #write(
    request: WorkerRequest,
    call: ExecutorCall,
    signal: Cancellation,
  ): Promise<WorkerReply> {
    await this.#space.admit({
      recordBytes: recordBytesOf(request),
      snapshotBytes: this.#found.snapshotStore.newestBytes,
      copies: this.#spec.replicas,
    });
    signal.throwIfAborted();
    const operationId = request.operationId ?? randomUUID();
    return this.#pending.submit({ operationId, call, request }, (event) =>
      this.#driver.feed(event),
    );
  }

  async #read(method: string, call: ExecutorCall, signal: Cancellation): Promise<WorkerReply> {
    this.#assertServing();
    const { restores } = this.#snapshotter;
    const end = await this.#found.host.run(method, call, signal);
    if (this.#snapshotter.restores !== restores) {
      throw new JflowError(
        "UNAVAILABLE",
        `${this.#spec.address} was restored during the read: send the request again`,
      );
    }
    if (end.kind === "threw") this.#options.events.threw(end.error);
    return toReply(call, end, this.#options.answerer);
  }

  #assertServing(): void {
    if (!this.#driver.copy.isServing) {
      throw new JflowError("UNAVAILABLE", `${this.#spec.address} is not in the read rotation`);
    }
  }

  #makeDriver(options: StatefulOptions): CopyDriver {
    const { log, history, found } = this.#found;
    const { address, processId } = this.#spec;
    const { events } = options;
    return new CopyDriver(
      { ...found, processId },
      {
        address,
        log,
        history,
        queue: this.#queue,
        snapshotter: this.#snapshotter,
        pending: this.#pending,
        checkpoint: this.#checkpoint,
        links: this.#links,
        reports: {
          recovered: () => this.#onRecovered(),
          notifyMaster: (notice) => events.notifyMaster(notice),
          rotationChanged: () => events.changed(),
          notice: (text) => events.notice(text),
          diskFailed: (error) =>
            events.fatal(EXIT_DISK_FAILED, `${address} ends: ${toJflowError(error).message}`),
          died: (reason) => events.fatal(EXIT_COPY_DIED, `${address} ends: ${reason}`),
        },
      },
    );
  }
}
