import { stripVTControlCharacters } from "node:util";
import type { FlowEvent } from "../../model/control/messages.ts";
import type { ReplicaStateName } from "../../model/replica.ts";
import { SLOW_START_MS } from "../../util/limits/clients.ts";
import { toOneLine } from "./display-text.ts";
import { formatMs } from "./units.ts";

export type ReplicaEvent = Extract<FlowEvent, { type: "replica" }>;

/** The states that last until a command or a failure changes them. */
const SETTLED: ReadonlySet<ReplicaStateName> = new Set(["ready", "failed", "stopped"]);

/** The known facts about one replica of a flow that starts. */
export interface StartRow {
  readonly address: string;
  readonly state: ReplicaStateName;
  /** The state and its reason, on one line. */
  readonly text: string;
  /** When a settled state began, or the age of the start. */
  readonly ageMs: number;
  /** The last line of a replica that has not been ready for a while. */
  readonly lastLine: string | undefined;
}

interface Entry {
  state: ReplicaStateName;
  text: string;
  sinceMs: number;
  lastLine: string | undefined;
}

/** Collects what the replicas of a starting flow report. `now` returns milliseconds. */
export class StartProgress {
  readonly #now: () => number;
  readonly #startMs: number;
  readonly #entries = new Map<string, Entry>();

  constructor(now: () => number) {
    this.#now = now;
    this.#startMs = now();
  }

  get ageMs(): number {
    return this.#now() - this.#startMs;
  }

  update({ address, state, text }: ReplicaEvent): void {
    const lastLine = state === "starting" ? undefined : this.#entries.get(address)?.lastLine;
    this.#entries.set(address, { state, text: firstLine(text), sinceMs: this.ageMs, lastLine });
  }

  /** Keeps a line that the replica wrote. */
  output(address: string, line: string): void {
    const entry = this.#entries.get(address);
    const text = toOneLine(stripVTControlCharacters(line));
    if (entry !== undefined && text !== "") entry.lastLine = text;
  }

  /** One row for each replica, in the order of their first reports. */
  rows(): readonly StartRow[] {
    return [...this.#entries].map(([address, { state, text, sinceMs, lastLine }]) => {
      const isSettled = SETTLED.has(state);
      const isSlow = !isSettled && this.ageMs >= SLOW_START_MS;
      return {
        address,
        state,
        text,
        ageMs: isSettled ? sinceMs : this.ageMs,
        lastLine: isSlow ? lastLine : undefined,
      };
    });
  }

  /** One line for each replica that is neither ready nor stopped. */
  describeLate(): readonly string[] {
    return this.rows()
      .filter(({ state }) => state !== "ready" && state !== "stopped")
      .map(describeRow);
  }
}

/** `indexer/0/0  starting  12.3s  loading weights`. */
export function describeRow({ address, text, ageMs, lastLine }: StartRow): string {
  return [address, text, formatMs(ageMs), ...(lastLine === undefined ? [] : [lastLine])].join("  ");
}

/** `up` shows the whole text of a failure after the start has ended. */
function firstLine(text: string): string {
  return text.split("\n", 1)[0]!;
}
