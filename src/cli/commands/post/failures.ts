import { open, type FileHandle } from "node:fs/promises";
import type { InputDocument, Place } from "../../../client/client.ts";
import { Document } from "../../../document/document.ts";
import { JflowError } from "../../../util/errors.ts";
import { documentToJson } from "../../../document/json/json-document.ts";
import { messageOf } from "../../../util/error-code.ts";

/** How many lines of one failed batch are named before "and N more". */
const MOST_NAMED = 3;

/**
 * Counts what failed and, with `--errors`, writes it as JSON Lines: `{source, line, error,
 * document}` or, of a bad line, its `text`.
 */
export class PostFailures {
  readonly #file: FileHandle | undefined;
  #count = 0;
  #firstStop: JflowError | undefined;

  private constructor(file: FileHandle | undefined) {
    this.#file = file;
  }

  /** Throws `INVALID_ARGUMENT` where the file cannot be written. */
  static async open(path: string | undefined): Promise<PostFailures> {
    if (path === undefined) return new PostFailures(undefined);
    return new PostFailures(
      await open(path, "w", 0o600).catch((error: Error) => {
        throw new JflowError("INVALID_ARGUMENT", `--errors ${path}: ${error.message}`, {
          cause: error,
        });
      }),
    );
  }

  /** Documents that failed, bad lines included. */
  get count(): number {
    return this.#count;
  }

  /** Why reading stopped, if a bad line stopped it. */
  get firstStop(): JflowError | undefined {
    return this.#firstStop;
  }

  async addLine(place: Place, reason: string, text: string): Promise<void> {
    this.#count += 1;
    await this.#write({ source: place.source, line: place.line, error: reason, text });
  }

  /** A bad line ends the reading. */
  stopAt(place: Place, reason: string): void {
    this.#firstStop ??= new JflowError("INVALID_ARGUMENT", `${formatPlace(place)}: ${reason}`);
  }

  async addBatch(documents: readonly InputDocument[], error: JflowError): Promise<void> {
    this.#count += Math.max(1, documents.length);
    for (const { bytes, place } of documents) {
      await this.#write({
        ...place,
        error: error.message,
        document: documentToJson(Document.decode(bytes), { empty: "omit" }),
      });
    }
  }

  /** A sentence for the person: which documents failed, and why. */
  describe(documents: readonly InputDocument[], error: JflowError): string {
    const named = documents.slice(0, MOST_NAMED).map(({ id, place }) => {
      if (place !== undefined) return formatPlace(place);
      return id === "" ? "a document without id" : `document "${id}"`;
    });
    const more = documents.length > MOST_NAMED ? ` and ${documents.length - MOST_NAMED} more` : "";
    return `failed: ${named.join(", ")}${more}${named.length === 0 ? "" : ": "}${error.message}`;
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  async #write(row: object): Promise<void> {
    try {
      await this.#file?.write(`${JSON.stringify(row)}\n`);
    } catch (error) {
      throw new JflowError(
        "RESOURCE_EXHAUSTED",
        `--errors cannot be written: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }
}

/** `data.jsonl:17`; of a file that is one document its path. */
export function formatPlace({ source, line }: Place): string {
  return line === 0 ? source : `${source === "-" ? "stdin" : source}:${line}`;
}
