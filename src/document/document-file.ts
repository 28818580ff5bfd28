import { open, type FileHandle } from "node:fs/promises";
import { JflowError } from "../util/errors.ts";

/** The size of the length before each document: four bytes, the least significant first. */
const LENGTH_BYTES = 4;
const BUFFER_BYTES = 1024 * 1024;

/**
 * A file of encoded documents, one after another. The file lives for one resharding, so it is not
 * synced.
 */
export class DocumentFileWriter {
  readonly #file: FileHandle;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<DocumentFileWriter> {
    return new DocumentFileWriter(await open(path, "wx", 0o600));
  }

  async add(document: Uint8Array): Promise<void> {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(document.length);
    this.#chunks.push(length, document);
    this.#bytes += LENGTH_BYTES + document.length;
    if (this.#bytes >= BUFFER_BYTES) await this.#flush();
  }

  async close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      await this.#file.close();
    }
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#bytes = 0;
    await this.#file.appendFile(bytes);
  }
}

/**
 * Yields the documents of such a file in their order. Throws `DATA_LOSS` if the file ends within a
 * document.
 */
export async function* readDocumentFile(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  try {
    yield* readDocuments(file, path);
  } finally {
    await file.close();
  }
}

/** Yields the documents of an open file, as `readDocumentFile` does. `path` is for messages. */
export async function* readDocuments(file: FileHandle, path: string): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  const chunks = file.createReadStream({ highWaterMark: BUFFER_BYTES, autoClose: false });
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk as Uint8Array]);
    const end = yield* splitDocuments(bytes);
    rest = bytes.subarray(end);
  }
  if (rest.length > 0) throw new JflowError("DATA_LOSS", `${path} ends within a document`);
}

/** Yields the whole documents of a chunk. Returns the offset of their end. */
function* splitDocuments(bytes: Buffer): Generator<Uint8Array, number> {
  let at = 0;
  while (at + LENGTH_BYTES <= bytes.length) {
    const end = at + LENGTH_BYTES + bytes.readUInt32LE(at);
    if (end > bytes.length) break;
    yield bytes.subarray(at + LENGTH_BYTES, end);
    at = end;
  }
  return at;
}
