/**
 * One line that a process of the flow wrote, or an event of the process that the supervisor saw.
 */
export interface OutputLine {
  readonly at: Date;
  readonly stream: "stdout" | "stderr" | "event";
  readonly text: string;
}

/** The text of the event that is the first line of each process of a replica. */
export const PROCESS_STARTS = "the process starts";

const MARKS = { stdout: "O", stderr: "E", event: "J" } as const;
const STREAMS = { O: "stdout", E: "stderr", J: "event" } as const;
const LINE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([OEJ]) (.*)$/s;

/**
 * Returns a line as the files of `output/` hold it: `2026-11-24T11:00:00.000Z E text`, without its
 * end.
 */
export function formatOutputLine(line: OutputLine): string {
  return `${line.at.toISOString()} ${MARKS[line.stream]} ${line.text}`;
}

const NUMBER = /^(\S+) N (\d+)$/;

/**
 * Returns the line that numbers the lines after it: `2026-11-24T11:00:00.000Z N 12345`. A rotated
 * file starts with such a line, and so does a further run of the flow in a file.
 */
export function formatLineNumber(at: Date, before: number): string {
  return `${at.toISOString()} N ${before}`;
}

/** Returns the number of lines of the run before this line, for a line of `formatLineNumber`. */
export function parseLineNumber(text: string): { at: Date; before: number } | undefined {
  const match = NUMBER.exec(text);
  return match ? { at: new Date(match[1]!), before: Number(match[2]) } : undefined;
}

/**
 * Parses a line of an output file. Returns undefined for a line that is not whole, because the
 * machine stopped during the write.
 */
export function parseOutputLine(text: string): OutputLine | undefined {
  const match = LINE.exec(text);
  if (!match) return undefined;
  return {
    at: new Date(match[1]!),
    stream: STREAMS[match[2] as keyof typeof STREAMS],
    text: match[3]!,
  };
}
