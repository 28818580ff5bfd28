import { BUSY_COPY_FACTOR } from "../../util/limits/shards.ts";

/** This process was itself delayed, so it has not read the messages that arrived. */
const HELD_UP_MS = 500;
/**
 * A process that uses this share of one processor counts as busy. Heartbeats alone use a hundredth
 * of that.
 */
const BUSY_SHARE = 0.05;

/** The facts about a copy that has not answered in time. Times are in milliseconds. */
export interface Waited {
  /** The time that an idle copy has to answer. */
  readonly afterMs: number;
  /** The time since it last made progress. */
  readonly waitedMs: number;
  /** The delay of this process itself, which is not the fault of the copy. */
  readonly heldUpMs: number;
  /** The activity of its process since the last sample. Undefined if it cannot be sampled. */
  readonly look:
    | { readonly state: string; readonly usedMs: number; readonly elapsedMs: number }
    | undefined;
}

/**
 * Returns whether a copy is late. A busy copy is checked again later, and so is a copy after a
 * delay of this process itself.
 */
export function isLate({ afterMs, waitedMs, heldUpMs, look }: Waited): boolean {
  if (heldUpMs >= HELD_UP_MS) return false;
  if (waitedMs >= BUSY_COPY_FACTOR * afterMs) return true;
  const isBusy =
    look !== undefined && (look.state === "R" || look.usedMs >= BUSY_SHARE * look.elapsedMs);
  return !isBusy;
}
