import { Chalk, type ChalkInstance } from "chalk";
import type { ReplicaStateName } from "../../model/replica.ts";
import { CHECKLIST_TICK_MS, LATE_START_MS } from "../../util/limits/clients.ts";
import { cutText } from "./display-text.ts";
import { describeRow, type ReplicaEvent, type StartProgress } from "./start-progress.ts";
import { formatMs } from "./units.ts";

/** A space, the mark and a space before each address. */
const MARK_WIDTH = 3;

/** The late replicas that a line without a terminal names. */
const MAX_NAMED_LATE = 3;

/** Keeps the progress of a start, and shows it. */
export interface Checklist {
  update(event: ReplicaEvent): void;
  /** Keeps a line that a replica wrote. */
  output(address: string, line: string): void;
  /** Writes a line above the list. */
  note(line: string): void;
  /** Leaves the list as it is: it is not redrawn afterwards. */
  finish(): void;
}

/** Returns the checklist that fits the stream and keeps `progress`. */
export function openChecklist(
  stream: NodeJS.WriteStream,
  color: boolean,
  progress: StartProgress,
): Checklist {
  return stream.isTTY
    ? new LiveChecklist(stream, new Chalk({ level: color ? 1 : 0 }), progress)
    : new PlainChecklist(stream, progress);
}

/** Writes one line per change, and one line from time to time for the late replicas. */
class PlainChecklist implements Checklist {
  readonly #stream: NodeJS.WriteStream;
  readonly #progress: StartProgress;
  readonly #states = new Map<string, ReplicaStateName>();
  readonly #timer: NodeJS.Timeout;

  constructor(stream: NodeJS.WriteStream, progress: StartProgress) {
    this.#stream = stream;
    this.#progress = progress;
    this.#timer = setInterval(() => this.#nameLate(), LATE_START_MS).unref();
  }

  update(event: ReplicaEvent): void {
    const { address, state, text } = event;
    this.#progress.update(event);
    if (this.#states.get(address) === state) return;
    this.#states.set(address, state);
    if (state === "pending" || state === "starting") return;
    this.note(`${address} ${text.split("\n", 1)[0]!} (${formatMs(this.#progress.ageMs)})`);
  }

  output(address: string, line: string): void {
    this.#progress.output(address, line);
  }

  note(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  finish(): void {
    clearInterval(this.#timer);
  }

  #nameLate(): void {
    const late = this.#progress.describeLate();
    for (const line of late.slice(0, MAX_NAMED_LATE)) this.note(`waiting for ${line}`);
    const others = late.length - MAX_NAMED_LATE;
    if (others > 0) this.note(`waiting for ${others} more`);
  }
}

/** Shows one line per replica, and redraws the lines in place. The ages go on. */
class LiveChecklist implements Checklist {
  readonly #stream: NodeJS.WriteStream;
  readonly #paint: ChalkInstance;
  readonly #progress: StartProgress;
  readonly #timer: NodeJS.Timeout;
  #drawnLines = 0;
  #isFinished = false;

  constructor(stream: NodeJS.WriteStream, paint: ChalkInstance, progress: StartProgress) {
    this.#stream = stream;
    this.#paint = paint;
    this.#progress = progress;
    this.#timer = setInterval(() => this.#draw(), CHECKLIST_TICK_MS).unref();
  }

  update(event: ReplicaEvent): void {
    this.#progress.update(event);
    this.#draw();
  }

  output(address: string, line: string): void {
    this.#progress.output(address, line);
  }

  note(line: string): void {
    this.#erase();
    this.#stream.write(`${line}\n`);
    this.#draw();
  }

  finish(): void {
    clearInterval(this.#timer);
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
    const lines = render(this.#progress, this.#paint, size);
    this.#stream.write(lines.map((line) => `${line}\n`).join(""));
    this.#drawnLines = lines.length;
  }
}

/**
 * Returns the lines of the list. They fit the terminal, because lines that wrap or scroll cannot be
 * redrawn: long lines are cut, and if there are too many, ready replicas are only counted.
 */
function render(
  progress: StartProgress,
  paint: ChalkInstance,
  { height, width }: { height: number; width: number },
): readonly string[] {
  const rows = progress.rows();
  const ready = rows.filter(({ state }) => state === "ready").length;
  const maxRows = Math.max(1, height - 3);
  const shown =
    rows.length <= maxRows ? rows : rows.filter(({ state }) => state !== "ready").slice(0, maxRows);
  const widest = Math.max(0, ...shown.map(({ address }) => address.length));
  const textWidth = Math.max(0, width - MARK_WIDTH - 1);
  return [
    `[+] up ${ready}/${rows.length}`,
    ...shown.map((row) => {
      const line = describeRow({ ...row, address: row.address.padEnd(widest) });
      return ` ${mark(row.state, paint)} ${cutText(line, textWidth)}`;
    }),
  ];
}

function mark(state: ReplicaStateName, paint: ChalkInstance): string {
  if (state === "ready") return paint.green("✔");
  if (state === "failed") return paint.red("✘");
  return paint.yellow("·");
}
