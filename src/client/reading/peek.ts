/**
 * Reads chunks until `isEnough` is true, or all of them. Returns their start, and an iterator over
 * all chunks from the beginning.
 */
export async function peek(
  chunks: AsyncIterable<Uint8Array>,
  isEnough: (start: Buffer) => boolean,
): Promise<{ readonly start: Buffer; readonly chunks: AsyncGenerator<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  let start: Buffer = Buffer.alloc(0);
  let isDone = false;
  while (!isDone && !isEnough(start)) {
    const next = await iterator.next();
    if (next.done) isDone = true;
    else start = Buffer.concat([start, next.value]);
  }
  return { start, chunks: replay(start, isDone ? undefined : iterator) };
}

async function* replay(
  start: Uint8Array,
  rest: AsyncIterator<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    if (start.length > 0) yield start;
    for (let next = await rest?.next(); next && !next.done; next = await rest?.next())
      yield next.value;
  } finally {
    await rest?.return?.();
  }
}
