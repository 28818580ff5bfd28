import type { Position, RecordHead } from "../../model/log.ts";
import { JflowError } from "../../util/errors.ts";
import { SerialQueue } from "../../util/serial-queue.ts";
import { toStorageError, type Files } from "../files.ts";
import { countFitting, planRead, takeFitting, type ReadRange } from "./fitting.ts";
import { assertHeld, headOf, positionAfter, type Log, type LogRecord } from "./log.ts";
import { recordBytes } from "./record-format.ts";
import { createSegment, type Segment } from "./segment.ts";

/**
 * When a record counts as safe: once it is on the disk, or once it is written, with the disk
 * brought up to date every `asyncMs`.
 */
export type Durability = "request" | { readonly asyncMs: number };

/** What a log on disk runs on. */
export interface DiskLogSetting {
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

interface Waiter {
  readonly seq: number;
  readonly resolve: (position: Position) => void;
  readonly reject: (error: JflowError) => void;
}

/**
 * A log in segment files. Whatever changes files is a job, and jobs run one after another: so at
 * most one write and one sync are under way, and what is appended meanwhile goes into the next
 * together.
 */
export class DiskLog implements Log {
  readonly #setting: DiskLogSetting;
  /** Oldest first. */
  #sealed: Segment[];
  /** The one that is written to. */
  #active: Segment;
  #state: DiskLogState = { id: "open" };
  readonly #jobs = new SerialQueue();
  #flushing = false;
  #closing: Promise<void> | undefined;
  /** Appended, not yet given to the disk. */
  #queue: LogRecord[] = [];
  /** Being written now. */
  #writing: readonly LogRecord[] = [];
  #waiters: Waiter[] = [];
  #last: Position;
  /** Up to here `sync()` has nothing left to wait for. */
  #safe: Position;
  #syncTimer: NodeJS.Timeout | undefined;
  readonly #reads = new Set<Promise<unknown>>();

  constructor(
    setting: DiskLogSetting,
    segments: { readonly sealed: readonly Segment[]; readonly active: Segment },
  ) {
    this.#setting = setting;
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
    const seq = this.#last.seq;
    const safe = new Promise<Position>((resolve, reject) =>
      this.#waiters.push({ seq, resolve, reject }),
    );
    if (!this.#flushing) {
      this.#flushing = true;
      // A failure reaches the callers through their waiters and through the state of the log.
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
      // The next generation stands for the whole log as soon as it has its name: a crash leaves all
      // of the old log or nothing.
      const start = { base, generation: this.#active.header.generation + 1, previous: 0 };
      this.#active = await createSegment(this.#setting.files, this.#setting.folder, start);
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

  /**
   * Runs a job after those before it. The first one that fails ends the log, which keeps the error
   * for every later call.
   */
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
    const error = toStorageError(thrown, `cannot write the log in ${this.#setting.folder}`);
    this.#state = { id: "failed", error };
    clearTimeout(this.#syncTimer);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
    return error;
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) await this.#writeBatch();
    this.#flushing = false;
  }

  async #writeBatch(): Promise<void> {
    if (this.#active.size >= this.#setting.segmentBytes) await this.#startSegment();
    const segment = this.#active;
    this.#writing = this.#queue.splice(
      0,
      countFitting(this.#queue, this.#setting.segmentBytes - segment.size),
    );
    await segment.write(this.#writing);
    this.#writing = [];
    if (this.#setting.durability === "request") await segment.datasync();
    else this.#syncLater(this.#setting.durability.asyncMs);
    this.#safe = segment.last;
    const later = this.#waiters.findIndex((waiter) => waiter.seq > segment.last.seq);
    for (const waiter of this.#waiters.splice(0, later < 0 ? this.#waiters.length : later))
      waiter.resolve(segment.last);
  }

  async #startSegment(): Promise<void> {
    const full = this.#active;
    await full.seal();
    const start = { base: full.last, generation: full.header.generation, previous: full.chain };
    this.#active = await createSegment(this.#setting.files, this.#setting.folder, start);
    this.#sealed.push(full);
  }

  #syncLater(delayMs: number): void {
    if (this.#syncTimer !== undefined) return;
    this.#syncTimer = setTimeout(() => {
      this.#syncTimer = undefined;
      // A failure is kept by the state of the log, which every later call meets.
      void this.#run(() => this.#active.datasync()).catch(() => undefined);
    }, delayMs);
    this.#syncTimer.unref();
  }

  /**
   * Removes segments, the oldest first and each durably, so that what a crash leaves has no gap;
   * reads under way still finish.
   */
  async #discard(segments: readonly Segment[]): Promise<void> {
    await Promise.allSettled(this.#reads);
    for (const segment of segments) {
      await segment.close();
      await this.#setting.files.removeFile(segment.path);
      await this.#setting.files.syncFolder(this.#setting.folder);
    }
  }

  /**
   * What is to be read is settled before the first wait, so that nothing appended or trimmed
   * meanwhile changes it.
   */
  async #readFitting(wanted: ReadRange): Promise<LogRecord[]> {
    const { spans, rest } = planRead(this.#segments, wanted);
    const unwritten = takeFitting(this.#unwritten(), rest);
    const records: LogRecord[] = [];
    for (const { segment, fromIndex, toIndex } of spans)
      records.push(...(await segment.read(fromIndex, toIndex)));
    return records.concat(unwritten);
  }
}
