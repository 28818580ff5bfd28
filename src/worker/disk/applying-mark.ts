import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { APPLYING_FILE, formatApplying } from "../../model/shard/applying.ts";

/**
 * Writes the number of the record that is being applied into the workspace. The supervisor reads
 * the number after a crash.
 */
export class ApplyingMark {
  readonly #file: number;
  #written = 0;

  constructor(workspace: string) {
    this.#file = openSync(join(workspace, APPLYING_FILE), "w", 0o600);
    writeSync(this.#file, formatApplying(0), 0);
  }

  /** Writes synchronously: the executor may end the process before any pending write. */
  set(seq: number): void {
    if (seq === this.#written) return;
    writeSync(this.#file, formatApplying(seq), 0);
    this.#written = seq;
  }

  clear(): void {
    this.set(0);
  }

  close(): void {
    this.clear();
    closeSync(this.#file);
  }
}
