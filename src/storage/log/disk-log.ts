import type { Position, RecordHead } from "../../model/shard/log.ts";
import type { Durability } from "../../model/replica.ts";
import { JflowError } from "../../util/errors.ts";
import { SerialQueue } from "../../util/serial-queue.ts";
import { toStorageError, type Files } from "../files/files.ts";
import { countFitting, planRead, takeFitting, type ReadRange } from "./fitting.ts";
import { assertHeld, headOf, positionAfter, type Log, type LogRecord } from "./log.ts";
import { recordBytes } from "./record-format.ts";
import { createSegment, type Segment } from "./segment.ts";
import { SyncWaiters } from "./sync-waiters.ts";

/** The options of a log on disk. */
export interface DiskLogOptions {
  readonly files: Files;
  readonly folder: string;
  readonly durability: Durability;
  /** A segment that has reached this size is sealed, and the next record starts another. */
  readonly segmentBytes: number;
}

type DiskLogState =
  | { readonly id: "open" }
  | { readonly id: "resetting" }
  | { readonly id: "failed"; readonly error: JflowError }
  | { readonly id: "closed" };

/**
 * A log in segment files. Every change of files is a job, and jobs run one after another. Records
 * that are appended during a write wait for the next write, which takes as many as fit.
 */
export class DiskLog implements Log {
  readonly #options: DiskLogOptions;
  /** Oldest first. */
  #sealed: Segment[];
  /** The segment that is written to. */
  #active: Segment;
  #state: DiskLogState = { id: "open" };
  readonly #jobs = new SerialQueue();
  #flushing = false;
  #closing: Promise<void> | undefined;
  /** Records that are appended but not being written yet. */
  #queue: LogRecord[] = [];
  /** Records that are being written. */
  #writing: readonly LogRecord[] = [];
  readonly #waiters = new SyncWaiters();
  #last: Position;
  /** The last safe record: fsynced with durability `request`, only written with `async`. */
  #safe: Position;
  #syncTimer: NodeJS.Timeout | undefined;
  readonly #reads = new Set<Promise<unknown>>();

  constructor(
    options: DiskLogOptions,
    segments: { readonly sealed: readonly Segment[]; readonly active: Segment },
  ) {
    this.#options = options;
    this.#sealed = [...segments.sealed];
    this.#active = segments.active;
    this.#last = this.#active.last;
    this.#safe = this.#last;
  }

  get first(): number {
    return (this.#sealed[0] ?? this.#active).header.base.seq + 1;
  }
  get last(): Position {
    return this.#last;
  }
  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.size, 0);
  }

  append(records: readonly LogRecord[]): void {
    this.#assertOpen();
    const last = positionAfter(this.#last, records);
    for (const record of records) this.#queue.push(record);
    this.#last = last;
  }

  async sync(): Promise<Position> {
    this.#assertOpen();
    if (this.#safe.seq >= this.#last.seq) return this.#safe;
    const safe = this.#waiters.waitFor(this.#last.seq);
    if (!this.#flushing) {
      this.#flushing = true;
      // Nothing to do here on failure: `#fail` rejects the waiters, and later calls throw.
      void this.#run(() => this.#flush()).catch(() => undefined);
    }
    return safe;
  }

  async read(from: number, to: number, maxBytes: number): Promise<LogRecord[]> {
    this.#assertOpen();
    assertHeld(from, this.first);
    const reading = this.#readFitting({ from, to, room: maxBytes, mayExceed: true });
    this.#reads.add(reading);
    try {
      return await reading;
    } finally {
      this.#reads.delete(reading);
    }
  }

  heads(): readonly RecordHead[] {
    const written = this.#segments.flatMap((segment) => segment.places.map((place) => place.head));
    return written.concat(this.#unwritten().map((record) => headOf(record, recordBytes(record))));
  }

  async trim(below: number): Promise<void> {
    this.#assertOpen();
    await this.#run(async () => {
      const kept = this.#sealed.findIndex((segment) => segment.last.seq >= below);
      await this.#discard(this.#sealed.splice(0, kept < 0 ? this.#sealed.length : kept));
    });
  }

  async reset(base: Position): Promise<void> {
    this.#assertOpen();
    this.#state = { id: "resetting" };
    await this.#run(async () => {
      const old = this.#segments;
      // As soon as the new segment is renamed to its final name, only files of its generation count
      // as the log. So a crash leaves either the old log or an empty log, never a mixture.
      const start = { base, generation: this.#active.header.generation + 1, previous: 0 };
      this.#active = await createSegment(this.#options.files, this.#options.folder, start);
      [this.#sealed, this.#queue, this.#last, this.#safe] = [[], [], base, base];
      await this.#discard(old);
      if (this.#state.id === "resetting") this.#state = { id: "open" };
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async #closeOnce(): Promise<void> {
    clearTimeout(this.#syncTimer);
    try {
      if (this.#state.id !== "failed") {
        this.#state = { id: "closed" };
        await this.#run(() => this.#flush());
        await this.#run(() => this.#active.datasync());
      }
    } finally {
      await Promise.allSettled(this.#reads);
      for (const segment of this.#segments) await segment.close();
    }
  }

  get #segments(): readonly Segment[] {
    return [...this.#sealed, this.#active];
  }

  #unwritten(): readonly LogRecord[] {
    return this.#writing.concat(this.#queue).filter((record) => record.seq > this.#active.last.seq);
  }

  #assertOpen(): void {
    if (this.#state.id === "open") return;
    if (this.#state.id === "failed") throw this.#state.error;
    throw new JflowError("INTERNAL", `the log is ${this.#state.id}`);
  }

  /** Runs a job after the earlier ones. The first failure is final: later calls throw it. */
  #run(job: () => Promise<void>): Promise<void> {
    return this.#jobs.run(async () => {
      if (this.#state.id === "failed") throw this.#state.error;
      try {
        await job();
      } catch (error) {
        throw this.#fail(error);
      }
    });
  }

  #fail(thrown: unknown): JflowError {
    const error = toStorageError(thrown, `cannot write the log in ${this.#options.folder}`);
    this.#state = { id: "failed", error };
    clearTimeout(this.#syncTimer);
    this.#waiters.fail(error);
    return error;
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) await this.#writeBatch();
    this.#flushing = false;
  }

  async #writeBatch(): Promise<void> {
    if (this.#active.size >= this.#options.segmentBytes) await this.#startSegment();
    const segment = this.#active;
    this.#writing = this.#queue.splice(
      0,
      countFitting(this.#queue, this.#options.segmentBytes - segment.size),
    );
    await segment.write(this.#writing);
    this.#writing = [];
    if (this.#options.durability === "request") await segment.datasync();
    else this.#syncLater(this.#options.durability.asyncMs);
    this.#safe = segment.last;
    this.#waiters.reach(segment.last);
  }

  async #startSegment(): Promise<void> {
    const full = this.#active;
    await full.seal();
    const start = { base: full.last, generation: full.header.generation, previous: full.chain };
    this.#active = await createSegment(this.#options.files, this.#options.folder, start);
    this.#sealed.push(full);
  }

  #syncLater(delayMs: number): void {
    // No timer is needed during `close`, which syncs the last records itself.
    if (this.#syncTimer !== undefined || this.#closing !== undefined) return;
    this.#syncTimer = setTimeout(() => {
      this.#syncTimer = undefined;
      // Nothing to do here on failure: later calls throw the same error.
      void this.#run(() => this.#active.datasync()).catch(() => undefined);
    }, delayMs);
    this.#syncTimer.unref();
  }

  /**
   * Removes segments, oldest first and each durably, so that a crash leaves no gap. Reads that are
   * under way finish first.
   */
  async #discard(segments: readonly Segment[]): Promise<void> {
    await Promise.allSettled(this.#reads);
    for (const segment of segments) {
      await segment.close();
      await this.#options.files.removeFile(segment.path);
      await this.#options.files.syncFolder(this.#options.folder);
    }
  }

  /** Chooses the records before its first `await`, so later appends and trims do not matter. */
  async #readFitting(wanted: ReadRange): Promise<LogRecord[]> {
    const { spans, rest } = planRead(this.#segments, wanted);
    const unwritten = takeFitting(this.#unwritten(), rest);
    const records: LogRecord[] = [];
    for (const { segment, fromIndex, toIndex } of spans)
      records.push(...(await segment.read(fromIndex, toIndex)));
    return records.concat(unwritten);
  }
}
