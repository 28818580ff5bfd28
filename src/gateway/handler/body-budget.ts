import { JflowError } from "../../util/errors.ts";
import { MAX_BODY_BYTES_IN_WORK } from "../../util/limits/requests.ts";

/** The part of a `BodyBudget` that one request takes, until it is answered. */
export interface BodyShare {
  /** Throws `UNAVAILABLE` if other bodies leave no room for `bytes` in total. Takes nothing. */
  assertRoomFor(bytes: number): void;
  /** Takes `bytes` in total. Throws as `assertRoomFor` does. */
  growTo(bytes: number): void;
  release(): void;
}

/** Bounds the bytes of all bodies in work. */
export class BodyBudget {
  readonly #maxBytes: number;
  readonly #onRelease = new Set<() => void>();
  #bytes = 0;

  constructor(maxBytes = MAX_BODY_BYTES_IN_WORK) {
    this.#maxBytes = maxBytes;
  }

  /** Calls `listener` once, after the next share is released. */
  onRelease(listener: () => void): void {
    this.#onRelease.add(listener);
  }

  offRelease(listener: () => void): void {
    this.#onRelease.delete(listener);
  }

  open(): BodyShare {
    let own = 0;
    const take = (bytes: number): void => {
      this.#bytes += bytes - own;
      own = bytes;
    };
    const assertRoomFor = (bytes: number): void => {
      const others = this.#bytes - own;
      if (bytes > own && others > 0 && others + bytes > this.#maxBytes)
        throw new JflowError(
          "UNAVAILABLE",
          `the gateway holds ${others} bytes of other requests, and ${bytes} more pass the bound of ${this.#maxBytes}: try again`,
        );
    };
    return {
      assertRoomFor,
      growTo: (bytes) => {
        assertRoomFor(bytes);
        take(Math.max(own, bytes));
      },
      release: () => {
        take(0);
        this.#report();
      },
    };
  }

  #report(): void {
    const listeners = [...this.#onRelease];
    this.#onRelease.clear();
    for (const listener of listeners) listener();
  }
}
