import { JflowError } from "../../util/errors.ts";
import { RESERVED_DISK_BYTES } from "../../util/limits/shards.ts";

/** The space that the copies of a shard need next on their disk. */
export interface SpaceNeeded {
  /** One record, on every copy. */
  readonly recordBytes: number;
  /**
   * The size of the last snapshot. The next one is about as large, and two are kept while it is
   * written.
   */
  readonly snapshotBytes: number;
  /** The number of copies that share the disk. */
  readonly copies: number;
}

/** The time for which a measurement of the disk is used. */
const LOOK_EVERY_MS = 250;

/**
 * Returns the bytes that must be free before a write runs. After it has run, a full disk ends the
 * process, because memory would be ahead of the log.
 */
export function spaceFor(needed: SpaceNeeded): number {
  return RESERVED_DISK_BYTES + needed.copies * (needed.recordBytes + needed.snapshotBytes);
}

/** Checks the disk before writes run. Refuses writes while the disk is nearly full. */
export class FreeSpace {
  readonly #look: () => Promise<number>;
  readonly #now: () => number;
  #free: Promise<number> | undefined;
  #lookedAt = 0;
  #promised = 0;

  constructor(look: () => Promise<number>, now: () => number) {
    this.#look = look;
    this.#now = now;
  }

  /** Rejects with `RESOURCE_EXHAUSTED` if the space is too small. */
  async admit(needed: SpaceNeeded): Promise<void> {
    if (this.#free === undefined || this.#now() - this.#lookedAt >= LOOK_EVERY_MS) {
      this.#free = this.#look();
      this.#lookedAt = this.#now();
      this.#promised = 0;
    }
    const free = (await this.#free) - this.#promised;
    const wanted = spaceFor(needed);
    if (free < wanted) {
      throw new JflowError(
        "RESOURCE_EXHAUSTED",
        `the disk is nearly full: ${free} bytes are free, and a write needs ${wanted} bytes for its record and a snapshot on each copy. Free some space and send the write again`,
      );
    }
    this.#promised += needed.copies * needed.recordBytes;
  }
}
