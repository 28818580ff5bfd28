import { createWriteStream } from "node:fs";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { Document } from "../../../document/document.ts";
import { documentToJson } from "../../../document/json/json-document.ts";
import { JflowError } from "../../../util/errors.ts";
import type { CommandContext } from "../../terminal/context.ts";

interface Answer {
  readonly documents: readonly Uint8Array[];
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Writes answers as JSON Lines to `--output`: a file, or stdout for `-`. */
export class AnswerWriter {
  readonly #stream: Writable | undefined;
  readonly #isFile: boolean;

  private constructor(stream: Writable | undefined, isFile: boolean) {
    this.#stream = stream;
    this.#isFile = isFile;
  }

  /**
   * Discards answers if no path is given. Throws `INVALID_ARGUMENT` if the file cannot be opened.
   */
  static async open(context: CommandContext, path: string | undefined): Promise<AnswerWriter> {
    if (path === undefined) return new AnswerWriter(undefined, false);
    if (path === "-") return new AnswerWriter(context.terminal.stdout, false);
    const file = createWriteStream(path);
    await once(file, "open").catch((error: Error) => {
      throw new JflowError(
        "INVALID_ARGUMENT",
        `cannot open ${path} for --output: ${error.message}`,
        {
          cause: error,
        },
      );
    });
    return new AnswerWriter(file, true);
  }

  /** Waits while the reader is slower than the flow. */
  async write(answer: Answer): Promise<void> {
    if (this.#stream === undefined) return;
    const text = linesOf(answer)
      .map((line) => `${JSON.stringify(line)}\n`)
      .join("");
    if (text !== "" && !this.#stream.write(text)) await once(this.#stream, "drain");
  }

  async close(): Promise<void> {
    if (this.#stream === undefined || !this.#isFile) return;
    this.#stream.end();
    await once(this.#stream, "close");
  }
}

/** Returns the documents. For an answer without any, as of `/status`, returns the results. */
function linesOf({ documents, parameters }: Answer): readonly object[] {
  if (documents.length > 0)
    return documents.map((bytes) => documentToJson(Document.decode(bytes), { empty: "omit" }));
  const results = parameters["__results__"];
  return typeof results === "object" && results !== null && Object.keys(results).length > 0
    ? [{ __results__: results }]
    : [];
}
