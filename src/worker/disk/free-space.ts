import { JflowError } from "../../util/errors.ts";
import { RESERVED_DISK_BYTES } from "../../util/limits/shards.ts";

/** What the disk of a shard's copies has to hold next. */
export interface SpaceNeeded {
  /** One record, on every copy. */
  readonly recordBytes: number;
  /**
   * The last snapshot's size: the next one is about as large, and two are kept while it is written.
   */
  readonly snapshotBytes: number;
  /** Copies that share the disk. */
  readonly copies: number;
}

/** For how long a look at the disk is believed. */
const LOOK_EVERY_MS = 250;

/**
 * Bytes that must be free before a write runs. Once it has run, a full disk ends the process:
 * memory would be ahead of the log.
 */
export function spaceFor(needed: SpaceNeeded): number {
  return RESERVED_DISK_BYTES + needed.copies * (needed.recordBytes + needed.snapshotBytes);
}

/**
 * Looks at the disk before writes run; refuses them while there is too little room, and takes them
 * again when there is.
 */
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

  /** Rejects with `RESOURCE_EXHAUSTED` where there is no room. */
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
        `the disk is nearly full: ${free} bytes are free, and a write needs room for its record and a snapshot on each copy (${wanted} bytes). Make room`,
      );
    }
    this.#promised += needed.copies * needed.recordBytes;
  }
}
