import { createWriteStream } from "node:fs";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { Document } from "../../../document/document.ts";
import { JflowError } from "../../../util/errors.ts";
import { documentToJson } from "../../../document/json/json-document.ts";
import type { CommandContext } from "../../terminal/context.ts";

/** What an answer is to this room: the documents, and what executors returned beside them. */
interface Answer {
  readonly documents: readonly Uint8Array[];
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Where answered documents go. */
export interface Answers {
  /** Waits while the reader is slower than the flow. */
  write(answer: Answer): Promise<void>;
  close(): Promise<void>;
}

/**
 * `--output file|-`: JSON Lines; nowhere when absent. Throws `INVALID_ARGUMENT` where the file
 * cannot be written.
 */
export async function openAnswers(
  context: CommandContext,
  path: string | undefined,
): Promise<Answers> {
  if (path === undefined) return { write: async () => undefined, close: async () => undefined };
  if (path === "-")
    return {
      write: async (answer) => writeTo(context.terminal.stdout, answer),
      close: async () => undefined,
    };
  const file = createWriteStream(path);
  await once(file, "open").catch((error: Error) => {
    throw new JflowError("INVALID_ARGUMENT", `--output ${path}: ${error.message}`, {
      cause: error,
    });
  });
  return {
    write: async (answer) => writeTo(file, answer),
    close: async () => {
      file.end();
      await once(file, "close");
    },
  };
}

async function writeTo(stream: Writable, answer: Answer): Promise<void> {
  const text = linesOf(answer)
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("");
  if (text !== "" && !stream.write(text)) await once(stream, "drain");
}

/**
 * A document a line; of an answer without documents what the executors returned (`/status` and the
 * like).
 */
function linesOf({ documents, parameters }: Answer): readonly object[] {
  if (documents.length > 0)
    return documents.map((bytes) => documentToJson(Document.decode(bytes), { empty: "omit" }));
  const results = parameters["__results__"];
  return typeof results === "object" && results !== null && Object.keys(results).length > 0
    ? [{ __results__: results }]
    : [];
}
