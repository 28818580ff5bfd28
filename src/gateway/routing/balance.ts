import type { Balancing } from "../../model/shard/balancing.ts";

/** A replica that balancing may choose. A restarted replica has a new `processId`. */
export interface Candidate {
  readonly processId: string;
  /** Whether the connection to the replica was lost just now. */
  readonly isLost: boolean;
  readonly load: CandidateLoad;
}

/** The calls that a replica has, and how its last calls ended. Times: `performance.now()`. */
export interface CandidateLoad {
  /** The reads in flight. `max_in_flight` bounds writes apart from them. */
  readonly reads: number;
  weigh(nowMs: number): number;
  isEjected(nowMs: number): boolean;
}

/** One choice of a replica. */
export interface ChoiceInput {
  readonly balancing: Balancing;
  /** The turn of round robin. It also decides between replicas of equal load. */
  readonly cursor: number;
  /** The `processId` of each replica that the request has tried. */
  readonly tried: ReadonlySet<string>;
  /** A replica with this number of reads is not chosen. */
  readonly maxInFlight: number;
  readonly nowMs: number;
  /** Returns a number from 0 to 1, without 1. */
  readonly random: () => number;
}

/** The chosen replica, and the cursor for the next request. */
export interface Choice<T> {
  readonly replica: T;
  readonly cursor: number;
}

/**
 * Chooses a replica among those that the request has not tried. A replica whose connection was just
 * lost is chosen only if there is no other; outside of round robin, the same holds for a replica
 * whose last calls failed. Returns undefined if every replica was tried or has `maxInFlight` reads.
 */
export function chooseReplica<T extends Candidate>(
  candidates: readonly T[],
  input: ChoiceInput,
): Choice<T> | undefined {
  const { balancing, cursor, tried, maxInFlight, nowMs, random } = input;
  const connected = prefer(candidates, ({ isLost }) => !isLost);
  const isFree = ({ processId, load }: T): boolean =>
    !tried.has(processId) && load.reads < maxInFlight;
  if (balancing === "round_robin") return nextInTurn(connected, cursor, isFree);
  const sound = prefer(connected, ({ load }) => !load.isEjected(nowMs));
  const free = sound.filter(isFree);
  const list = free.length > 0 ? free : connected.filter(isFree);
  const compared = balancing === "power_of_two" ? pickTwo(list, random) : list;
  return leastLoaded(compared, cursor, nowMs);
}

function prefer<T>(candidates: readonly T[], isPreferred: (one: T) => boolean): readonly T[] {
  if (candidates.every(isPreferred)) return candidates;
  const preferred = candidates.filter(isPreferred);
  return preferred.length > 0 ? preferred : candidates;
}

/**
 * The second choice of a request moves the cursor as well, so the failure of one replica does not
 * send two requests in a row to its neighbor.
 */
function nextInTurn<T>(
  list: readonly T[],
  cursor: number,
  isFree: (one: T) => boolean,
): Choice<T> | undefined {
  for (let step = 0; step < list.length; step++) {
    const index = (cursor + step) % list.length;
    const replica = list[index]!;
    if (isFree(replica)) return { replica, cursor: index + 1 };
  }
  return undefined;
}

function leastLoaded<T extends Candidate>(
  list: readonly T[],
  cursor: number,
  nowMs: number,
): Choice<T> | undefined {
  let best: { readonly replica: T; readonly weight: number } | undefined;
  for (let step = 0; step < list.length; step++) {
    const replica = list[(cursor + step) % list.length]!;
    const weight = replica.load.weigh(nowMs);
    if (best === undefined || weight < best.weight) best = { replica, weight };
  }
  return best && { replica: best.replica, cursor: cursor + 1 };
}

/**
 * Two different replicas at random
 * (https://www.eecs.harvard.edu/~michaelm/postscripts/mythesis.pdf).
 */
function pickTwo<T>(list: readonly T[], random: () => number): readonly T[] {
  if (list.length < 3) return list;
  const first = Math.floor(random() * list.length);
  const second = (first + 1 + Math.floor(random() * (list.length - 1))) % list.length;
  return [list[first]!, list[second]!];
}
