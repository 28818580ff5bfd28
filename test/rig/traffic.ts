import { crc32 } from "node:zlib";
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../simulation/random.ts";
import type { Answered, LiveFlow, Note, Outcome } from "./live-flow.ts";

/** The result of a run of traffic. */
export interface Figures {
  acknowledged: number;
  reads: number;
  failedWrites: number;
  failedReads: number;
  wrongAnswers: number;
  longestPauseMs: number;
}

interface TrafficOptions {
  readonly writers: number;
  readonly readers: number;
  readonly seed: number;
  /** The number of documents of a write. Default 1. */
  readonly batch?: number;
  /** Returns the document for an id. Default: a note with the id as text. */
  readonly noteOf?: (id: string) => Note;
  /**
   * Whether documents have vectors. `/search` with an acknowledged document must return it as the
   * nearest of its vector; without vectors, the notebook returns the document itself.
   */
  readonly vectors?: boolean;
}

/**
 * Writers and readers in closed loops, and a journal of the acknowledged writes, which decides what
 * must exist. Each id is written by one request and never changed, so that every read has one right
 * answer.
 */
export class Traffic {
  readonly figures: Figures = {
    acknowledged: 0,
    reads: 0,
    failedWrites: 0,
    failedReads: 0,
    wrongAnswers: 0,
    longestPauseMs: 0,
  };
  /** The acknowledged ids, in order. */
  readonly acknowledged: string[] = [];
  /** The first failed or wrong answers, for the message of a failure. */
  readonly problems: string[] = [];
  readonly #flow: LiveFlow;
  readonly #options: TrafficOptions;
  readonly #random: Random;
  readonly #waitsMs: number[] = [];
  #isStopped = false;
  #running: Promise<void>[] = [];
  #nextId = 0;

  constructor(flow: LiveFlow, options: TrafficOptions) {
    this.#flow = flow;
    this.#options = options;
    this.#random = new Random(options.seed);
  }

  /** Starts the loops. A start after `stop` continues the journal. */
  begin(): this {
    this.#isStopped = false;
    const { writers, readers } = this.#options;
    this.#running = [
      ...Array.from({ length: writers }, () => this.#write()),
      ...Array.from({ length: readers }, () => this.#read()),
    ];
    return this;
  }

  /** Returns the 99th percentile of the request duration in milliseconds. */
  findP99Ms(): number {
    const sorted = this.#waitsMs.toSorted((left, right) => left - right);
    return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  }

  /** Stops the loops after their current requests. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running);
  }

  /** Resolves after this many more writes and reads. */
  async untilMore(writes: number, reads: number = 0): Promise<void> {
    const wanted = { writes: this.acknowledged.length + writes, reads: this.figures.reads + reads };
    while (this.acknowledged.length < wanted.writes || this.figures.reads < wanted.reads)
      await sleep(5);
  }

  /**
   * Reads every acknowledged id with `/get` and `/search`. Returns the ids that are missing,
   * incomplete, or written more than once.
   */
  async findLost(): Promise<readonly string[]> {
    const lost: string[] = [];
    for (let from = 0; from < this.acknowledged.length; from += 500) {
      const notes = this.acknowledged.slice(from, from + 500).map((id) => this.#noteOf(id));
      lost.push(...(await this.#findLostByGet(notes)), ...(await this.#findLostBySearch(notes)));
    }
    return lost;
  }

  /** Expects that no acknowledged write is lost (G1). */
  async expectNothingLost(): Promise<void> {
    const lost = await this.findLost();
    assert.deepEqual(
      lost.slice(0, 10),
      [],
      `SEED=${this.#options.seed}: ${lost.length} of ${this.acknowledged.length} lost or doubled: ${lost.slice(0, 10).join("; ")}`,
    );
  }

  /** Expects that no request failed or had a wrong answer (G4). */
  expectNoneFailed(): void {
    assert.deepEqual(
      this.problems,
      [],
      `SEED=${this.#options.seed}: failed or wrong: ${this.problems.join("; ")}\n${JSON.stringify(this.figures)}\n${this.#flow.output()}`,
    );
  }

  async #findLostByGet(notes: readonly Note[]): Promise<readonly string[]> {
    const { docs } = await this.#flow.must(
      "/get",
      notes.map(({ id }) => ({ id })),
    );
    return this.#missing("/get", notes, docs);
  }

  async #findLostBySearch(notes: readonly Note[]): Promise<readonly string[]> {
    if (!this.#options.vectors) {
      const { docs } = await this.#flow.must(
        "/search",
        notes.map(({ id }) => ({ id })),
      );
      return this.#missing("/search", notes, docs);
    }
    const { docs } = await this.#flow.must("/search", notes, { parameters: { limit: 1 } });
    return docs.flatMap(({ id, matches }) =>
      matches?.[0]?.id === id ? [] : [`/search ${id}: ${matches?.[0]?.id}`],
    );
  }

  #missing(endpoint: string, notes: readonly Note[], docs: readonly Answered[]): readonly string[] {
    const found = new Map(docs.map((doc) => [doc.id, doc]));
    return notes.flatMap(({ id, text }) => {
      const doc = found.get(id);
      const isWhole = doc?.text === text && (this.#options.vectors || doc?.tags?.["writes"] === 1);
      return isWhole
        ? []
        : [`${endpoint} ${id}: ${JSON.stringify({ text: doc?.text, tags: doc?.tags })}`];
    });
  }

  #noteOf(id: string): Note {
    return this.#options.noteOf?.(id) ?? { id, text: `text of ${id}` };
  }

  async #write(): Promise<void> {
    const { batch = 1 } = this.#options;
    while (!this.#isStopped) {
      const notes = Array.from({ length: batch }, () => this.#noteOf(`w-${(this.#nextId += 1)}`));
      const outcome = await this.#flow.post("/index", notes);
      this.#measure(outcome);
      if (outcome.ok) {
        this.acknowledged.push(...notes.map(({ id }) => id));
        this.figures.acknowledged += notes.length;
      } else {
        this.figures.failedWrites += 1;
        await this.#blame(`write of ${notes[0]!.id}: ${outcome.why}`);
      }
    }
  }

  async #read(): Promise<void> {
    while (!this.#isStopped) {
      if (this.acknowledged.length === 0) {
        await sleep(5);
        continue;
      }
      const id = this.#random.pick(this.acknowledged);
      const outcome = await this.#flow.post("/get", [{ id }]);
      this.#measure(outcome);
      this.figures.reads += 1;
      if (!outcome.ok) {
        this.figures.failedReads += 1;
        await this.#blame(`read of ${id}: ${outcome.why}`);
      } else if (outcome.docs[0]?.text !== this.#noteOf(id).text || outcome.docs.length !== 1) {
        this.figures.wrongAnswers += 1;
        await this.#blame(`read of ${id} answered ${JSON.stringify(outcome.docs)}`);
      }
    }
  }

  #measure({ ms }: Outcome): void {
    this.figures.longestPauseMs = Math.max(this.figures.longestPauseMs, ms);
    this.#waitsMs.push(ms);
  }

  /** Waits after a failure: a stopped flow refuses requests at once, and the loop must not spin. */
  async #blame(problem: string): Promise<void> {
    if (this.problems.length < 10) this.problems.push(problem);
    await sleep(20);
  }
}

/** Returns a note with a vector that depends only on its id. */
export function vectorNote(id: string): Note {
  const random = new Random(crc32(id));
  return {
    id,
    text: `text of ${id}`,
    embedding: Array.from({ length: 16 }, () => random.below(1_000_000) / 1_000_000),
  };
}
