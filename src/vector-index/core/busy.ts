import { JflowError } from "../../util/errors.ts";

/** The operation that runs on an index or a store. */
type Occupation = "idle" | "adding" | "saving";

/** Allows one write or save at a time, and names the running one in the error of another. */
export class Busy {
  readonly #what: string;
  #now: Occupation = "idle";
  #isClosed = false;
  /** Called when the running operation ends. */
  #release: (() => void) | undefined;

  /** `what` is the name of the guarded object in messages. */
  constructor(what: string) {
    this.#what = what;
  }

  /** Throws `FAILED_PRECONDITION` if another operation runs. */
  assertIdle(): void {
    if (this.#now === "idle" && !this.#isClosed) return;
    const why = this.#isClosed ? "is closed" : `is ${this.#now}: wait until that has ended`;
    throw new JflowError("FAILED_PRECONDITION", `the ${this.#what} ${why}`);
  }

  /** Runs `job` alone. Throws as `assertIdle` does, and whatever `job` throws. */
  async run<T>(occupation: "adding" | "saving", job: () => Promise<T>): Promise<T> {
    this.assertIdle();
    this.#now = occupation;
    try {
      return await job();
    } finally {
      this.#now = "idle";
      this.#release?.();
      this.#release = undefined;
    }
  }

  /**
   * Refuses every write from here on and lets go of what is guarded: by `release`, now, or when the
   * job at work has ended, which may still use it. The first call counts.
   */
  close(release: () => void): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#now === "idle") release();
    else this.#release = release;
  }

  /** Throws `CANCELLED` if the object was closed. A long job calls this after each pause. */
  assertOpen(): void {
    if (this.#isClosed) throw new JflowError("CANCELLED", `the ${this.#what} was closed`);
  }
}
