import { PieceBuffer, type Piece } from "./piece-buffer.ts";

const NEWLINE = 0x0a;

/**
 * Splits bytes into lines that end with `\n` or `\r\n`. Holds one line in memory at a time, and
 * only the beginning of a line longer than `maxBytes`.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Piece> {
  const line = new PieceBuffer(maxBytes);
  let number = 1;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      line.add(chunk.subarray(start, end));
      yield line.take(number);
      number += 1;
      start = end + 1;
    }
    line.add(chunk.subarray(start));
  }
  if (!line.isEmpty) yield line.take(number);
}
