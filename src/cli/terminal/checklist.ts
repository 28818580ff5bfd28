import { Chalk, type ChalkInstance } from "chalk";
import type { FlowEvent } from "../../model/control.ts";
import type { ReplicaStateName } from "../../model/replica.ts";
import { formatMs } from "./units.ts";

/** A blank, a sign and a blank before each address. */
const MARK_WIDTH = 3;

type ReplicaEvent = Extract<FlowEvent, { type: "replica" }>;

/**
 * What `jflow up` shows while a flow starts: on a terminal one line per replica, redrawn in place;
 * elsewhere one line per change.
 */
export interface Checklist {
  update(event: ReplicaEvent): void;
  /** Writes a line above the list. */
  note(line: string): void;
  /** Leaves the list as it is; nothing is redrawn afterwards. */
  finish(): void;
}

interface Row {
  state: ReplicaStateName;
  text: string;
  sinceMs: number;
}

/** `now` gives milliseconds; the stream is stderr. */
export function openChecklist(
  stream: NodeJS.WriteStream,
  colour: boolean,
  now: () => number,
): Checklist {
  const paint = new Chalk({ level: colour ? 1 : 0 });
  return stream.isTTY ? liveChecklist(stream, paint, now) : plainChecklist(stream, now);
}

function plainChecklist(stream: NodeJS.WriteStream, now: () => number): Checklist {
  const began = now();
  const last = new Map<string, ReplicaStateName>();
  return {
    update(event) {
      if (last.get(event.address) === event.state) return;
      last.set(event.address, event.state);
      if (event.state === "pending" || event.state === "starting") return;
      stream.write(`${event.address} ${firstLine(event.text)} (${formatMs(now() - began)})\n`);
    },
    note: (line) => void stream.write(`${line}\n`),
    finish: () => undefined,
  };
}

function liveChecklist(
  stream: NodeJS.WriteStream,
  paint: ChalkInstance,
  now: () => number,
): Checklist {
  const began = now();
  const rows = new Map<string, Row>();
  let drawn = 0;
  let finished = false;
  const erase = (): void => {
    if (drawn > 0) stream.write(`\u001B[${drawn}A\u001B[0J`);
    drawn = 0;
  };
  const draw = (): void => {
    if (finished) return;
    erase();
    const lines = render(rows, paint, { height: stream.rows || 24, width: stream.columns || 80 });
    stream.write(lines.map((line) => `${line}\n`).join(""));
    drawn = lines.length;
  };
  return {
    update(event) {
      rows.set(event.address, { state: event.state, text: event.text, sinceMs: now() - began });
      draw();
    },
    note(line) {
      erase();
      stream.write(`${line}\n`);
      draw();
    },
    finish() {
      finished = true;
    },
  };
}

/**
 * Fits the terminal, as what wraps or scrolls cannot be redrawn: what is ready is folded into the
 * count first, long lines are cut.
 */
function render(
  rows: ReadonlyMap<string, Row>,
  paint: ChalkInstance,
  { height, width }: { height: number; width: number },
): readonly string[] {
  const ready = [...rows.values()].filter((row) => row.state === "ready").length;
  const head = `[+] up ${ready}/${rows.size}`;
  const room = Math.max(1, height - 3);
  const entries = [...rows];
  const shown =
    entries.length <= room
      ? entries
      : entries.filter(([, row]) => row.state !== "ready").slice(0, room);
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

/** The whole of a failure is told when the start is over. */
function firstLine(text: string): string {
  return text.split("\n", 1)[0]!;
}

function mark(state: ReplicaStateName, paint: ChalkInstance): string {
  if (state === "ready") return paint.green("✔");
  if (state === "failed" || state === "exited") return paint.red("✘");
  return paint.yellow("·");
}
