/** One line that a process of the flow wrote. */
export interface OutputLine {
  readonly at: Date;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

const MARKS = { stdout: "O", stderr: "E" } as const;
const LINE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([OE]) (.*)$/s;

/**
 * Returns a line as the files of `output/` hold it: `2026-11-24T11:00:00.000Z E text`, without its
 * end.
 */
export function formatOutputLine(line: OutputLine): string {
  return `${line.at.toISOString()} ${MARKS[line.stream]} ${line.text}`;
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
    stream: match[2] === "O" ? "stdout" : "stderr",
    text: match[3]!,
  };
}
