import type { ChalkInstance } from "chalk";
import type { EventDetails, JournalEvent } from "../../../model/control/events.ts";
import { toOneLine } from "../../terminal/display-text.ts";
import { formatTime } from "../../terminal/units.ts";

const KIND_WIDTH = "problem_over".length;

const COLORS: Partial<Readonly<Record<EventDetails["kind"], "green" | "yellow" | "red">>> = {
  ready: "green",
  problem_over: "green",
  unhealthy: "red",
  killed: "red",
  exited: "yellow",
  restarting: "yellow",
  problem: "yellow",
  failed: "red",
};

/** Formats events as lines of columns. The subjects are padded to the widest one so far. */
export class EventLines {
  readonly #paint: ChalkInstance;
  #subjectWidth = "SUBJECT".length;

  constructor(paint: ChalkInstance) {
    this.#paint = paint;
  }

  /** Makes room for the subjects of events that are formatted later. */
  widen(events: readonly JournalEvent[]): void {
    for (const { subject } of events)
      this.#subjectWidth = Math.max(this.#subjectWidth, subject.length);
  }

  header(): string {
    return this.#join("TIME", "SUBJECT", "KIND".padEnd(KIND_WIDTH), "EVENT");
  }

  format(event: JournalEvent): string {
    this.widen([event]);
    const { at, subject, kind, text } = event;
    const color = COLORS[kind];
    const cell = kind.padEnd(KIND_WIDTH);
    const painted = color === undefined ? cell : this.#paint[color](cell);
    return this.#join(formatTime(new Date(at), new Date()), subject, painted, toOneLine(text));
  }

  #join(time: string, subject: string, kind: string, text: string): string {
    return `${time.padEnd(8)}  ${subject.padEnd(this.#subjectWidth)}  ${kind}  ${text}`;
  }
}
