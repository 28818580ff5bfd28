import { StringDecoder } from "node:string_decoder";

/**
 * Cuts a stream of bytes into lines, without their ends. A line longer than `maxChars` is cut into
 * several, so that memory stays bounded whatever a process writes.
 */
export class LineSplitter {
  readonly #maxChars: number;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /** Returns the lines that this chunk completes. */
  push(chunk: Uint8Array): readonly string[] {
    return this.#take(
      this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)),
    );
  }

  /** Returns what is left when the stream ends. */
  end(): readonly string[] {
    const lines = this.#take(this.#decoder.end());
    const last = this.#rest;
    this.#rest = "";
    return last === "" ? lines : [...lines, last];
  }

  #take(text: string): readonly string[] {
    const pieces = (this.#rest + text).split("\n");
    this.#rest = pieces.pop()!;
    const lines = pieces.flatMap((piece) =>
      cut(piece.endsWith("\r") ? piece.slice(0, -1) : piece, this.#maxChars),
    );
    if (this.#rest.length <= this.#maxChars) return lines;
    const tooLong = cut(this.#rest, this.#maxChars);
    this.#rest = tooLong.pop()!;
    return [...lines, ...tooLong];
  }
}

/**
 * Calls `onLine` with every line of a stream, cut as `LineSplitter` does. Resolves when the stream
 * ends or fails.
 */
export async function readLines(
  stream: NodeJS.ReadableStream,
  maxChars: number,
  onLine: (line: string) => void,
): Promise<void> {
  const splitter = new LineSplitter(maxChars);
  stream.on("data", (chunk: Uint8Array) => splitter.push(chunk).forEach(onLine));
  await new Promise<void>((resolve) => {
    stream.once("end", resolve).once("close", resolve);
    stream.once("error", () => resolve());
  });
  splitter.end().forEach(onLine);
}

function cut(line: string, maxChars: number): string[] {
  if (line.length <= maxChars) return [line];
  return Array.from({ length: Math.ceil(line.length / maxChars) }, (_, index) =>
    line.slice(index * maxChars, (index + 1) * maxChars),
  );
}
