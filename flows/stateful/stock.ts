import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Document, Executor, type DocumentArray } from "jflow";

/** Keeps how many pieces of each product are in stock. `text` of a document is a change: "+5". */
export class Stock extends Executor {
  static override readonly requests = { "/index": "change", "/get": "show" };
  /** The methods that change state: jflow logs and replicates their requests. */
  static override readonly writes = ["change"];
  static override readonly polling = { "/get": "HASH" } as const;

  #pieces = new Map<string, number>();

  change(docs: DocumentArray): void {
    for (const { id, text } of docs) {
      const change = Number(text);
      if (!Number.isInteger(change)) throw new RangeError(`${id}: "${text}" is not a whole number`);
      this.#pieces.set(id, (this.#pieces.get(id) ?? 0) + change);
    }
  }

  show(docs: DocumentArray): Document[] {
    return docs.map(({ id }) => new Document({ id, text: String(this.#pieces.get(id) ?? 0) }));
  }

  /** Writes the whole state into an empty folder. */
  snapshot(folder: string): void {
    writeFileSync(join(folder, "stock.json"), JSON.stringify([...this.#pieces]));
  }

  /** Replaces the whole state by the state of a folder that `snapshot` wrote. */
  restore(folder: string): void {
    const text = readFileSync(join(folder, "stock.json"), "utf8");
    this.#pieces = new Map(JSON.parse(text) as [string, number][]);
  }

  /** The column DOCS of `jflow ps`. */
  count(): number {
    return this.#pieces.size;
  }

  /** Equal on equal copies, for `jflow verify`. */
  digest(): string {
    return JSON.stringify([...this.#pieces].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}
