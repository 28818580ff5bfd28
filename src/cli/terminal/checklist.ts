import { Chalk, type ChalkInstance } from "chalk";
import type { FlowEvent } from "../../model/control.ts";
import type { ReplicaStateName } from "../../model/replica.ts";
import { formatMs } from "./units.ts";

/** A space, the mark and a space before each address. */
const MARK_WIDTH = 3;

type ReplicaEvent = Extract<FlowEvent, { type: "replica" }>;

/** The progress that `jflow up` shows while a flow starts. */
export interface Checklist {
  update(event: ReplicaEvent): void;
  /** Writes a line above the list. */
  note(line: string): void;
  /** Leaves the list as it is: it is not redrawn afterwards. */
  finish(): void;
}

interface Row {
  state: ReplicaStateName;
  text: string;
  sinceMs: number;
}

/** Returns the checklist that fits the stream. `now` returns milliseconds. */
export function openChecklist(
  stream: NodeJS.WriteStream,
  color: boolean,
  now: () => number,
): Checklist {
  return stream.isTTY
    ? new LiveChecklist(stream, new Chalk({ level: color ? 1 : 0 }), now)
    : new PlainChecklist(stream, now);
}

/** Writes one line per change. */
class PlainChecklist implements Checklist {
  readonly #stream: NodeJS.WriteStream;
  readonly #now: () => number;
  readonly #startMs: number;
  readonly #states = new Map<string, ReplicaStateName>();

  constructor(stream: NodeJS.WriteStream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
    this.#startMs = now();
  }

  update(event: ReplicaEvent): void {
    if (this.#states.get(event.address) === event.state) return;
    this.#states.set(event.address, event.state);
    if (event.state === "pending" || event.state === "starting") return;
    const time = formatMs(this.#now() - this.#startMs);
    this.note(`${event.address} ${firstLine(event.text)} (${time})`);
  }

  note(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  finish(): void {}
}

/** Shows one line per replica and redraws the lines in place. */
class LiveChecklist implements Checklist {
  readonly #stream: NodeJS.WriteStream;
  readonly #paint: ChalkInstance;
  readonly #now: () => number;
  readonly #startMs: number;
  readonly #rows = new Map<string, Row>();
  #drawnLines = 0;
  #isFinished = false;

  constructor(stream: NodeJS.WriteStream, paint: ChalkInstance, now: () => number) {
    this.#stream = stream;
    this.#paint = paint;
    this.#now = now;
    this.#startMs = now();
  }

  update({ address, state, text }: ReplicaEvent): void {
    this.#rows.set(address, { state, text, sinceMs: this.#now() - this.#startMs });
    this.#draw();
  }

  note(line: string): void {
    this.#erase();
    this.#stream.write(`${line}\n`);
    this.#draw();
  }

  finish(): void {
    this.#isFinished = true;
  }

  #erase(): void {
    if (this.#drawnLines > 0) this.#stream.write(`\u001B[${this.#drawnLines}A\u001B[0J`);
    this.#drawnLines = 0;
  }

  #draw(): void {
    if (this.#isFinished) return;
    this.#erase();
    const size = { height: this.#stream.rows || 24, width: this.#stream.columns || 80 };
    const lines = render(this.#rows, this.#paint, size);
    this.#stream.write(lines.map((line) => `${line}\n`).join(""));
    this.#drawnLines = lines.length;
  }
}

/**
 * Returns the lines of the list. They fit the terminal, because lines that wrap or scroll cannot be
 * redrawn: long lines are cut, and if there are too many, ready replicas are only counted.
 */
function render(
  rows: ReadonlyMap<string, Row>,
  paint: ChalkInstance,
  { height, width }: { height: number; width: number },
): readonly string[] {
  const ready = [...rows.values()].filter((row) => row.state === "ready").length;
  const head = `[+] up ${ready}/${rows.size}`;
  const maxRows = Math.max(1, height - 3);
  const entries = [...rows];
  const shown =
    entries.length <= maxRows
      ? entries
      : entries.filter(([, row]) => row.state !== "ready").slice(0, maxRows);
  const widest = Math.max(0, ...shown.map(([address]) => address.length));
  const textWidth = Math.max(0, width - MARK_WIDTH - 1);
  return [
    head,
    ...shown.map(([address, row]) => {
      const line = `${address.padEnd(widest)}  ${firstLine(row.text)}  ${formatMs(row.sinceMs)}`;
      return ` ${mark(row.state, paint)} ${line.slice(0, textWidth)}`;
    }),
  ];
}

/** `up` shows the whole text of a failure after the start has ended. */
function firstLine(text: string): string {
  return text.split("\n", 1)[0]!;
}

function mark(state: ReplicaStateName, paint: ChalkInstance): string {
  if (state === "ready") return paint.green("✔");
  if (state === "failed") return paint.red("✘");
  return paint.yellow("·");
}
