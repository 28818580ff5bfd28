import { open, type FileHandle } from "node:fs/promises";
import type { InputDocument, InputLocation } from "../../../client/client.ts";
import { Document } from "../../../document/document.ts";
import { JflowError } from "../../../util/errors.ts";
import { documentToJson } from "../../../document/json/json-document.ts";
import { describeError } from "./describe-error.ts";
import { messageOf } from "../../../util/error-code.ts";

/** The maximum number of documents that the message about a failed request lists. */
const MAX_LISTED = 3;

/**
 * Counts failed documents and writes them to the file of `--errors` as JSON Lines: `{source, line,
 * error, document}`, or `text` instead of `document` for a line that cannot be read.
 */
export class PostFailures {
  readonly #path: string | undefined;
  #file: FileHandle | undefined;
  #count = 0;
  #firstStop: JflowError | undefined;

  constructor(path: string | undefined) {
    this.#path = path;
  }

  /** Empties the file of `--errors`. Throws `INVALID_ARGUMENT` if the file cannot be opened. */
  async open(): Promise<void> {
    if (this.#path === undefined) return;
    this.#file = await open(this.#path, "w", 0o600).catch((error: Error) => {
      throw new JflowError(
        "INVALID_ARGUMENT",
        `cannot open ${this.#path} for --errors: ${error.message}`,
        { cause: error },
      );
    });
  }

  /** The number of failed documents and of lines that could not be read. */
  get count(): number {
    return this.#count;
  }

  /** The line that stopped the reading, if one did. */
  get firstStop(): JflowError | undefined {
    return this.#firstStop;
  }

  async addLine(location: InputLocation, reason: string, text: string): Promise<void> {
    this.#count += 1;
    await this.#write({ source: location.source, line: location.line, error: reason, text });
  }

  /** Records the line that stops the reading. */
  stopAt(location: InputLocation, reason: string): void {
    this.#firstStop ??= new JflowError(
      "INVALID_ARGUMENT",
      `${formatLocation(location)}: ${reason}`,
    );
  }

  async addBatch(documents: readonly InputDocument[], error: JflowError): Promise<void> {
    this.#count += Math.max(1, documents.length);
    for (const { bytes, location } of documents) {
      await this.#write({
        ...location,
        error: error.message,
        document: documentToJson(Document.decode(bytes), { empty: "omit" }),
      });
    }
  }

  /** Returns a message that lists the failed documents and the reason. */
  describe(documents: readonly InputDocument[], error: JflowError): string {
    const listed = documents.slice(0, MAX_LISTED).map(({ id, location }) => {
      if (location !== undefined) return formatLocation(location);
      return id === "" ? "a document without an id" : `document "${id}"`;
    });
    const more = documents.length > MAX_LISTED ? ` and ${documents.length - MAX_LISTED} more` : "";
    return `failed: ${listed.join(", ")}${more}${listed.length === 0 ? "" : ": "}${describeError(error)}`;
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
        `cannot write the file of --errors: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }
}

/** Formats a location as `data.jsonl:17`, or as the path if the whole file is one document. */
export function formatLocation({ source, line }: InputLocation): string {
  const name = source === "-" ? "stdin" : source;
  return line === 0 ? name : `${name}:${line}`;
}
