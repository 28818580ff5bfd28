import { BUSY_COPY_FACTOR } from "../../util/limits/shards.ts";

/** This process was itself delayed, so it has not read the messages that arrived. */
const HELD_UP_MS = 500;
/**
 * A process that uses this share of one processor works. Heartbeats alone use a hundredth of it.
 */
const BUSY_SHARE = 0.05;

/** The facts about a copy that owes something when its time has passed. Times in milliseconds. */
export interface Waited {
  /** The time that an idle copy has. */
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

/** Whether a copy is late. A busy copy, or a delay of this process itself, gets another look. */
export function isLate({ afterMs, waitedMs, heldUpMs, look }: Waited): boolean {
  if (heldUpMs >= HELD_UP_MS) return false;
  if (waitedMs >= BUSY_COPY_FACTOR * afterMs) return true;
  const isBusy =
    look !== undefined && (look.state === "R" || look.usedMs >= BUSY_SHARE * look.elapsedMs);
  return !isBusy;
}
