import { BUSY_COPY_FACTOR } from "../../util/limits/shards.ts";

/** This process was itself held up so long that what arrived meanwhile has not been read. */
const HELD_UP_MS = 500;
/** Using this share of one processor is work: heartbeats alone take a hundredth of it. */
const BUSY_SHARE = 0.05;

/** What is known of a copy that owes something when its time is over. Times in milliseconds. */
export interface Waited {
  /** How long one may take that does nothing. */
  readonly afterMs: number;
  /** Since it last made progress. */
  readonly waitedMs: number;
  /** How late this process looks at it: its own delay, not the copy's. */
  readonly heldUpMs: number;
  /** What its process did since the last look; undefined where that cannot be seen. */
  readonly look:
    | { readonly state: string; readonly usedMs: number; readonly elapsedMs: number }
    | undefined;
}

/**
 * Whether a copy is late, or to be looked at again: busy is not dead, and this process's own delay
 * is nobody else's.
 */
export function isLate({ afterMs, waitedMs, heldUpMs, look }: Waited): boolean {
  if (heldUpMs >= HELD_UP_MS) return false;
  if (waitedMs >= BUSY_COPY_FACTOR * afterMs) return true;
  const isBusy =
    look !== undefined && (look.state === "R" || look.usedMs >= BUSY_SHARE * look.elapsedMs);
  return !isBusy;
}
