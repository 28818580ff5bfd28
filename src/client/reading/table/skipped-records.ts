import type { CsvError } from "csv-parse";
import type { InputItem } from "../items/input.ts";
import { MAX_CSV_RECORD_BYTES } from "../../../util/limits/clients.ts";

export type BadItem = Extract<InputItem, { kind: "bad" }>;

/** Errors after which the parser cannot find the next record. */
const ENDLESS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "a quote starts here and is never closed",
  CSV_MAX_RECORD_SIZE: `a record of more than ${MAX_CSV_RECORD_BYTES} bytes starts here, perhaps with a quote that is never closed: the rest of the file is not read`,
};

/**
 * The records that the parser skipped. The parser reads ahead, so they wait until the records
 * before them have been yielded.
 */
export class SkippedRecords {
  readonly #source: string;
  #bad: BadItem[] = [];
  #endless: string | undefined;
  /**
   * The line of a record that became too long. The parser drops its buffer there and continues in
   * the middle of a record.
   */
  untilLine = Infinity;

  constructor(source: string) {
    this.#source = source;
  }

  add(error: CsvError | undefined, raw: string | undefined): void {
    if (this.#endless !== undefined) return;
    const item = this.#describe(error, raw);
    this.#endless = ENDLESS[error?.code ?? ""];
    if (this.#endless === undefined) this.#bad.push(item);
    else if (error?.code === "CSV_MAX_RECORD_SIZE") this.untilLine = item.location.line;
  }

  /** Yields the skipped records up to a line. */
  *before(line: number): Generator<BadItem> {
    while (this.#bad[0] && this.#bad[0].location.line <= line) yield this.#bad.shift()!;
  }

  /** Yields the rest, after the last record that was read. */
  *rest(lastLine: number): Generator<BadItem> {
    const line = Math.max(lastLine, this.#bad.at(-1)?.location.line ?? 1) + 1;
    yield* this.#bad;
    if (this.#endless === undefined) return;
    yield {
      kind: "bad",
      location: { source: this.#source, line },
      reason: this.#endless,
      text: "",
    };
  }

  #describe(error: CsvError | undefined, raw: string | undefined): BadItem {
    const line: unknown = error?.["lines"];
    return {
      kind: "bad",
      location: { source: this.#source, line: typeof line === "number" ? line : 0 },
      reason: error?.message ?? "malformed CSV",
      text: raw ?? "",
    };
  }
}
