import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { APPLYING_FILE, formatApplying } from "../../model/applying.ts";

/**
 * Leaves in the workspace which record is being applied, so that the supervisor knows which one a
 * process died of.
 */
export class ApplyingMark {
  readonly #file: number;
  #written = 0;

  constructor(workspace: string) {
    this.#file = openSync(join(workspace, APPLYING_FILE), "w", 0o600);
    writeSync(this.#file, formatApplying(0), 0);
  }

  /** Written at once: the executor may end the process before anything that waits. */
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
