import { JflowError } from "../../index.ts";

const FORMAT = "jflow.idf/v1";

/**
 * The file: how many documents were counted, and per bucket (term hash modulo their number) in how
 * many a term of it stood, u16 little endian, saturated.
 */
interface IdfFile {
  readonly format: string;
  readonly documents: number;
  readonly frequencies: string;
}

/** Document frequencies of hashed terms, counted once over a corpus. */
export class IdfTable {
  readonly #documents: number;
  readonly #frequencies: Buffer;
  readonly #buckets: number;

  private constructor(documents: number, frequencies: Buffer) {
    this.#documents = documents;
    this.#frequencies = frequencies;
    this.#buckets = frequencies.length / 2;
  }

  /** Reads a table. `name` is for messages. Throws `INVALID_ARGUMENT` for any other text. */
  static parse(text: string, name: string): IdfTable {
    const file = parse(text, name);
    const frequencies = Buffer.from(file.frequencies, "base64");
    const buckets = frequencies.length / 2;
    const isWhole = Number.isInteger(buckets) && buckets > 0 && file.documents > 0;
    if (file.format !== FORMAT || !isWhole) throw notATable(name);
    return new IdfTable(file.documents, frequencies);
  }

  /**
   * Returns the smoothed inverse document frequency of a term by its hash, as scikit-learn defines
   * it: ln((1 + documents) / (1 + df)) + 1.
   */
  idf(termHash: number): number {
    const frequency = this.#frequencies.readUInt16LE((termHash % this.#buckets) * 2);
    return Math.log((1 + this.#documents) / (1 + frequency)) + 1;
  }
}

/**
 * The text of a table: `frequencies[b]` documents hold a term whose hash is b modulo their number.
 */
export function formatIdfTable(documents: number, frequencies: readonly number[]): string {
  const bytes = Buffer.alloc(frequencies.length * 2);
  frequencies.forEach((frequency, bucket) =>
    bytes.writeUInt16LE(Math.min(frequency, 0xffff), bucket * 2),
  );
  return `${JSON.stringify({ format: FORMAT, documents, frequencies: bytes.toString("base64") } satisfies IdfFile)}\n`;
}

function parse(text: string, name: string): IdfFile {
  try {
    const value: unknown = JSON.parse(text);
    if (
      typeof value === "object" &&
      value !== null &&
      "frequencies" in value &&
      typeof value.frequencies === "string"
    )
      return value as IdfFile;
  } catch (error) {
    throw new JflowError("INVALID_ARGUMENT", `${name} is not JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
  throw notATable(name);
}

function notATable(name: string): JflowError {
  return new JflowError(
    "INVALID_ARGUMENT",
    `${name} is not a table of document frequencies (format ${FORMAT})`,
  );
}
