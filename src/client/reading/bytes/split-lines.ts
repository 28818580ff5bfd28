import { PieceBuffer, type Piece } from "./piece-buffer.ts";

const [NEWLINE, RETURN] = [0x0a, 0x0d];

/**
 * Splits bytes into lines that end with `\n`, `\r\n` or `\r`. Holds one line in memory at a time,
 * and only the beginning of a line longer than `maxBytes`.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Piece> {
  const line = new PieceBuffer(maxBytes);
  let number = 1;
  let isAfterReturn = false;
  for await (const chunk of chunks) {
    let start = 0;
    for (const end of findEnds(chunk)) {
      const isSecond = chunk[end] === NEWLINE && end === start && isAfterReturn;
      isAfterReturn = chunk[end] === RETURN;
      if (!isSecond) {
        line.add(chunk.subarray(start, end));
        yield line.take(number);
        number += 1;
      }
      start = end + 1;
    }
    if (start < chunk.length) isAfterReturn = false;
    line.add(chunk.subarray(start));
  }
  if (!line.isEmpty) yield line.take(number);
}

/** Yields the positions of `\n` and `\r`. */
function* findEnds(chunk: Uint8Array): Generator<number> {
  let newline = chunk.indexOf(NEWLINE);
  let carriage = chunk.indexOf(RETURN);
  while (newline >= 0 || carriage >= 0) {
    if (carriage < 0 || (newline >= 0 && newline < carriage)) {
      yield newline;
      newline = chunk.indexOf(NEWLINE, newline + 1);
    } else {
      yield carriage;
      carriage = chunk.indexOf(RETURN, carriage + 1);
    }
  }
}
