import { appendFile, rename, rm, stat } from "node:fs/promises";
import { formatOutputLine, type OutputLine } from "../../model/output-line.ts";
import { hasCode } from "../../util/error-code.ts";
import {
  MAX_OUTPUT_FILE_BYTES,
  MAX_UNWRITTEN_OUTPUT_BYTES,
  OLDER_OUTPUT_FILES,
} from "../../util/limits/processes.ts";

const TAIL_LINES = 20;

/** The lines of one process of the flow: kept in a file, the last few also in memory. */
export interface OutputFile {
  /** Never waits: the pipe a line comes from must always be drained. */
  add(line: OutputLine): void;
  /** The last lines, oldest first. */
  tail(): readonly string[];
  /** Forgets the tail: a new process begins. */
  startTail(): void;
  /** Resolves when all that was added is in the file. */
  flush(): Promise<void>;
}

/**
 * Appends to `path`, mode 0600, rotating by size. `onFailure` hears once that lines cannot be
 * written (a full disk), and again only after a success: the output of a flow must not stop the
 * flow.
 */
export function openOutputFile(path: string, onFailure: (error: unknown) => void): OutputFile {
  let waiting: string[] = [];
  let waitingBytes = 0;
  let dropped = 0;
  let size: number | undefined;
  let isFailing = false;
  let writing: Promise<void> | undefined;
  let recent: string[] = [];

  const writeBatch = async (): Promise<void> => {
    const notice =
      dropped === 0
        ? ""
        : `${formatOutputLine({ at: new Date(), stream: "stderr", text: `[${dropped} lines left out: the disk was too slow]` })}\n`;
    const text = waiting.join("") + notice;
    waiting = [];
    waitingBytes = 0;
    dropped = 0;
    size ??= await sizeOf(path);
    if (size > MAX_OUTPUT_FILE_BYTES) {
      await rotate(path);
      size = 0;
    }
    await appendFile(path, text, { mode: 0o600 });
    size += Buffer.byteLength(text);
    isFailing = false;
  };
  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      try {
        await writeBatch();
      } catch (error) {
        if (!isFailing) onFailure(error);
        isFailing = true;
      }
    }
    writing = undefined;
  };

  return {
    add(line) {
      recent.push(line.text);
      if (recent.length > 2 * TAIL_LINES) recent = recent.slice(-TAIL_LINES);
      const text = `${formatOutputLine(line)}\n`;
      if (waitingBytes > MAX_UNWRITTEN_OUTPUT_BYTES) dropped += 1;
      else {
        waiting.push(text);
        waitingBytes += text.length;
      }
      writing ??= writeAll();
    },
    tail: () => recent.slice(-TAIL_LINES),
    startTail() {
      recent = [];
    },
    async flush() {
      await writing;
    },
  };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return 0;
    throw error;
  }
}

async function rotate(path: string): Promise<void> {
  await rm(`${path}.${OLDER_OUTPUT_FILES}`, { force: true });
  for (let age = OLDER_OUTPUT_FILES - 1; age >= 0; age -= 1) {
    const from = age === 0 ? path : `${path}.${age}`;
    await rename(from, `${path}.${age + 1}`).catch((error: unknown) => {
      if (!hasCode(error, "ENOENT")) throw error;
    });
  }
}
