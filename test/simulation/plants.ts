import type { Bias } from "./schedule.ts";
import { RULES, type Rules } from "../../src/replication/replication.ts";

/** A rule that is left out, with its row in the table of the simulation. */
export interface Plant {
  /** The number of the rule in `src/replication/PROTOCOL.md`, and its row. */
  readonly row: string;
  readonly rules: Rules;
  /**
   * The first schedule of the test suite, so that a fault that takes thousands of schedules is
   * found soon.
   */
  readonly from: { readonly bias: Bias; readonly seed: number };
}

function without(row: string, left: Partial<Rules>, bias: Bias = "uniform", seed = 1): Plant {
  return { row, rules: { ...RULES, ...left }, from: { bias, seed } };
}

/** Every rule of the table, left out one at a time. The simulation must notice each. */
export const PLANTS: readonly Plant[] = [
  without("6 fence by asking", { termAfterAsking: (ownTerm) => ownTerm }, "biased", 10),
  without("5 term on disk first", { mayTell: () => true }),
  without("13 the sender's term, not the record's", {
    isFromCurrentSender: ({ recordTerms }, ownTerm) => recordTerms.every((term) => term >= ownTerm),
  }),
  without("13 same term when dropping", { isSameRecord: (left, right) => left.seq === right.seq }),
  without("11 no early writes", { mayRunWrites: () => true }),
  without("21 strike before discarding", { whenDiverged: () => "restore" }),
  without("8 wait for the whole set", { membersToWaitFor: (_, live) => live }),
  without("19 wait from the asking on", { isWaitedFor: (inSync) => inSync }),
  without(
    "19 P, not only the checkpoint",
    { isCaughtUp: (position, checkpoint) => position >= checkpoint },
    "uniform",
    825,
  ),
  without("15 repeats wait", { mayAnswerRepeat: () => true }),
  without("12 id before running", { isKnown: (_, isLogged) => isLogged }),
  without("8 apply before serving", { hasAppliedEnough: () => true }, "uniform", 1785),
  without("22 counted snapshots", { mayCountSnapshot: () => true }),
  without("22 between writes", { maySnapshot: () => true }),
  without("3 fsync what was found", { fsyncedAtStart: (_, last) => last }, "biased", 925),
  without("17 current requests only", { isCurrentRequest: () => true }, "biased", 885),
  without(
    "17 never empty the set",
    { mayStrike: () => true, isCurrentRequest: () => true },
    "uniform",
    795,
  ),
  without(
    "16 one request per copy",
    { mayRequest: (outstanding) => outstanding < 2 },
    "uniform",
    4635,
  ),
  without("23 name the process: struck", { wasKilled: () => true }, "biased", 1),
  without("23 name the process: position", { isCurrentAnswer: () => true }, "biased", 1455),
  without(
    "4 kill before promoting",
    { isGone: (isKilled, isExitSeen) => isKilled || isExitSeen },
    "biased",
    13685,
  ),
];
