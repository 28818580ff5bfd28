import { createWriteStream } from "node:fs";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { Document } from "../../../document/document.ts";
import { documentToJson, type JsonOptions } from "../../../document/json/json-document.ts";
import { JflowError } from "../../../util/errors.ts";
import { countOf } from "../../../util/text/count-of.ts";
import type { CommandContext } from "../../terminal/context.ts";
import { EMBEDDING_FIELDS } from "./embedding-fields.ts";

interface Answer {
  readonly documents: readonly Uint8Array[];
  readonly parameters: Readonly<Record<string, unknown>>;
}

interface AnswerOptions {
  /** A file, `-` for stdout, or undefined to count answers only. */
  readonly output?: string;
  readonly withEmbeddings?: boolean;
}

/** Writes answers as JSON Lines to `--output`: a file, or stdout for `-`. */
export class AnswerWriter {
  readonly #stream: Writable | undefined;
  readonly #isFile: boolean;
  readonly #json: JsonOptions;
  #documents = 0;
  #matches = 0;
  #leavesOut = false;
  #isClosed = false;

  private constructor(stream: Writable | undefined, options: AnswerOptions) {
    this.#stream = stream;
    this.#isFile = options.output !== "-";
    this.#json = {
      empty: "omit",
      ...(options.withEmbeddings ? {} : { without: EMBEDDING_FIELDS }),
    };
    // A reader that leaves early (`| head`) must not end the sending.
    if (!this.#isFile) stream?.on("error", () => (this.#isClosed = true));
  }

  /** Throws `INVALID_ARGUMENT` if the file cannot be opened. */
  static async open(context: CommandContext, options: AnswerOptions): Promise<AnswerWriter> {
    const { output } = options;
    if (output === undefined) return new AnswerWriter(undefined, options);
    if (output === "-") return new AnswerWriter(context.terminal.stdout, options);
    const file = createWriteStream(output);
    await once(file, "open").catch((error: Error) => {
      throw new JflowError(
        "INVALID_ARGUMENT",
        `cannot open ${output} for --output: ${error.message}`,
        { cause: error },
      );
    });
    return new AnswerWriter(file, options);
  }

  /** Waits while the reader is slower than the flow. */
  async write(answer: Answer): Promise<void> {
    this.#documents += answer.documents.length;
    const documents = answer.documents.map((bytes) => Document.decode(bytes));
    for (const { matches } of documents) this.#matches += matches.length;
    if (this.#stream === undefined || this.#isClosed) return;
    this.#leavesOut ||= this.#json.without !== undefined && documents.some(hasEmbedding);
    const text = this.#linesOf(documents, answer.parameters)
      .map((line) => `${JSON.stringify(line)}\n`)
      .join("");
    if (text === "" || this.#stream.write(text) || this.#stream.destroyed) return;
    await once(this.#stream, "drain").catch((error: unknown) => {
      if (this.#isFile) throw error;
    });
  }

  /** Returns lines about results that were not shown. */
  describe(sent: number): readonly string[] {
    if (this.#stream !== undefined)
      return this.#leavesOut ? ["embeddings are left out: show them with --with-embeddings"] : [];
    const answered = countOf(this.#documents, "document");
    if (this.#matches > 0)
      return [
        `received ${answered} with ${countOf(this.#matches, "match", "matches")}: print them with --output -, or use jflow search`,
      ];
    return this.#documents > 0 && this.#documents !== sent
      ? [`received ${answered}: print them with --output -`]
      : [];
  }

  async close(): Promise<void> {
    if (this.#stream === undefined || !this.#isFile) return;
    this.#stream.end();
    await once(this.#stream, "close");
  }

  /** Returns the documents. For an answer without any, as of `/status`, returns the results. */
  #linesOf(documents: readonly Document[], parameters: Answer["parameters"]): readonly object[] {
    if (documents.length > 0) return documents.map((each) => documentToJson(each, this.#json));
    const results = parameters["__results__"];
    return typeof results === "object" && results !== null && Object.keys(results).length > 0
      ? [{ __results__: results }]
      : [];
  }
}

function hasEmbedding(document: Document): boolean {
  return (
    document.embedding !== undefined ||
    document.sparseEmbedding !== undefined ||
    document.matches.some(hasEmbedding)
  );
}
