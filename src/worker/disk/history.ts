import type { RecordHead } from "../../model/shard/log.ts";
import { createHash } from "node:crypto";

/** Before the first write. */
const NOTHING = "0".repeat(64);

/**
 * The last write in the state of a copy, and a hash that rolls over all of its writes. Copies that
 * applied the same writes have equal hashes.
 */
export interface HistoryMark {
  readonly seq: number;
  readonly hash: string;
}

/**
 * The rolling hash over the writes in a state: number, operation id, outcome and payload of each
 * write.
 */
export class History {
  #mark: HistoryMark;

  constructor(mark: HistoryMark = { seq: 0, hash: NOTHING }) {
    this.#mark = mark;
  }

  get mark(): HistoryMark {
    return this.#mark;
  }

  note(head: Pick<RecordHead, "seq" | "operationId" | "outcome">, payload: Uint8Array): void {
    const { seq, operationId, outcome } = head;
    const hash = createHash("sha256")
      .update(`${this.#mark.hash} ${seq} ${outcome.kind} ${operationId}\n`)
      .update(payload)
      .digest("hex");
    this.#mark = { seq, hash };
  }

  /** Starts from another state. */
  reset(mark: HistoryMark = { seq: 0, hash: NOTHING }): void {
    this.#mark = mark;
  }
}
