import type { Inspection } from "../../model/control.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import { INSPECT_MS } from "../../util/limits/shards.ts";

/** Inspections of copies. A copy answers each inspection once. */
export class Inspections {
  readonly #waiting = new Map<number, (inspection: Inspection | undefined) => void>();
  #last = 0;

  /** Resolves with undefined for a copy that does not answer in time. */
  async ask(copy: ReplicaProcess): Promise<Inspection | undefined> {
    const id = (this.#last += 1);
    return new Promise((resolve) => {
      const late = setTimeout(() => this.#settle(id, undefined), INSPECT_MS);
      this.#waiting.set(id, (inspection) => {
        clearTimeout(late);
        resolve(inspection);
      });
      copy.send({ type: "inspect", id });
    });
  }

  answer(id: number, inspection: Inspection): void {
    this.#settle(id, inspection);
  }

  #settle(id: number, inspection: Inspection | undefined): void {
    this.#waiting.get(id)?.(inspection);
    this.#waiting.delete(id);
  }
}
