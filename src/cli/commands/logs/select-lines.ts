import { PROCESS_STARTS, type OutputLine } from "../../../model/output-line.ts";

/** The lines of a replica that `jflow logs` shows. */
export interface LineSelection {
  /** Leaves out the lines before this time. */
  readonly since?: Date | undefined;
  /** Leaves out the lines that do not pass. */
  readonly matches?: ((line: OutputLine) => boolean) | undefined;
  /** Leaves out all but the last lines that remain. */
  readonly tail?: number | undefined;
}

/** Returns the selected lines of one replica, in their order. */
export function selectLines<Line extends OutputLine>(
  lines: readonly Line[],
  { since, matches, tail }: LineSelection,
): readonly Line[] {
  const wanted = lines.filter(
    (line) => (since === undefined || line.at >= since) && (matches?.(line) ?? true),
  );
  return tail === undefined ? wanted : wanted.slice(Math.max(0, wanted.length - tail));
}

/**
 * Returns the lines of the last process of a replica that ended before its current one; undefined
 * if the output has no such process. `hasEnded`: the newest process has ended, and the replica
 * waits for its next one.
 */
export function linesOfPrevious<Line extends OutputLine>(
  lines: readonly Line[],
  hasEnded: boolean,
): readonly Line[] | undefined {
  const starts = [...lines.keys()].filter((index) => isStart(lines[index]!));
  // The first line of the oldest process may have been rotated away.
  if (starts[0] !== 0 && lines.length > 0) starts.unshift(0);
  const [from, to] = hasEnded ? starts.slice(-1) : starts.slice(-2);
  if (from === undefined || (to === undefined && !hasEnded)) return undefined;
  return lines.slice(from, to);
}

function isStart({ stream, text }: OutputLine): boolean {
  return stream === "event" && text === PROCESS_STARTS;
}
