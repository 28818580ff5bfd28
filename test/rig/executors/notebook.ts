import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Document, Executor, type DocumentArray, type RequestContext } from "jflow";

interface Note {
  readonly text: string;
  readonly writes: number;
  /** The routing key, if it is not the id. */
  readonly routing?: string;
}

/**
 * A stateful executor for tests that keeps the text of each document by id. The text `throw` throws
 * after the documents before it were kept, `die` ends the process, and `wait:200` takes 200 ms.
 * `writes` counts the writes of each id, so that a write applied twice is visible.
 */
export class Notebook extends Executor<{ die_once?: boolean }> {
  static override readonly requests = {
    "/index": "write",
    "/delete": "remove",
    "/get": "read",
    "/search": "read",
    "/dump": "dump",
  };
  static override readonly writes = ["write", "remove"];
  static override readonly polling = { "/get": "HASH", "/dump": "ALL" } as const;

  #notes = new Map<string, Note>();

  async write(docs: DocumentArray): Promise<void> {
    for (const doc of docs) {
      if (doc.text === "throw") throw new RangeError(`told to throw at ${doc.id}`);
      if (doc.text === "die") process.kill(process.pid, "SIGKILL");
      if (doc.text.startsWith("wait:")) await sleep(Number(doc.text.slice(5)));
      const { _routing: routing } = doc.tags;
      const writes = (this.#notes.get(doc.id)?.writes ?? 0) + 1;
      this.#notes.set(doc.id, {
        text: doc.text,
        writes,
        ...(typeof routing === "string" ? { routing } : {}),
      });
    }
  }

  remove(docs: DocumentArray): void {
    for (const doc of docs) this.#notes.delete(doc.id);
  }

  read(docs: DocumentArray): DocumentArray {
    return docs.flatMap((doc) => this.#show(doc.id));
  }

  /** Returns all notes of this copy, or their number if the parameter `count` is set. */
  dump(
    _docs: DocumentArray,
    { parameters }: RequestContext,
  ): DocumentArray | Record<string, unknown> {
    if (parameters["count"]) return { count: this.#notes.size, replica: this.replica };
    return [...this.#notes.keys()].toSorted().flatMap((id) => this.#show(id));
  }

  snapshot(folder: string): void {
    writeFileSync(join(folder, "notes.json"), JSON.stringify([...this.#notes]));
  }

  restore(folder: string): void {
    this.#notes = new Map(
      JSON.parse(readFileSync(join(folder, "notes.json"), "utf8")) as [string, Note][],
    );
  }

  count(): number {
    return this.#notes.size;
  }

  digest(): string {
    return JSON.stringify([...this.#notes].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  *documents(): Generator<Document> {
    for (const [id, { text, routing }] of this.#notes)
      yield new Document({ id, text, tags: routing === undefined ? {} : { _routing: routing } });
  }

  #show(id: string): Document[] {
    const note = this.#notes.get(id);
    return note === undefined
      ? []
      : [
          new Document({
            id,
            text: note.text,
            tags: { writes: note.writes, replica: this.replica, shard: this.shard },
          }),
        ];
  }
}
