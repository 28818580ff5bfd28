import { JflowError } from "../index.ts";

/** Document frequencies of hashed terms, counted once over a corpus and fixed from then on. */
export interface IdfTable {
  /**
   * The smoothed inverse document frequency of a term by its hash: ln((1 + documents) / (1 + df)) +
   * 1, as scikit-learn has it.
   */
  idf(termHash: number): number;
}

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

/**
 * Reads a table. `name` is for messages. Throws `INVALID_ARGUMENT` for anything that is no such
 * table.
 */
export function parseIdfTable(text: string, name: string): IdfTable {
  const file = parse(text, name);
  const bytes = Buffer.from(file.frequencies, "base64");
  const buckets = bytes.length / 2;
  if (
    file.format !== FORMAT ||
    !Number.isInteger(buckets) ||
    buckets === 0 ||
    !(file.documents > 0)
  ) {
    throw new JflowError(
      "INVALID_ARGUMENT",
      `${name} is no table of document frequencies (format ${FORMAT})`,
    );
  }
  return {
    idf: (termHash) =>
      Math.log((1 + file.documents) / (1 + bytes.readUInt16LE((termHash % buckets) * 2))) + 1,
  };
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
  throw new JflowError(
    "INVALID_ARGUMENT",
    `${name} is no table of document frequencies (format ${FORMAT})`,
  );
}
