import { Readable, type Duplex } from "node:stream";

/**
 * Yields the output of `transform` for the chunks. Throws errors of the source as well. Leaving the
 * loop closes the source. `transform` may end before the source does: zeros often follow the data
 * in a gzip file.
 */
export async function* passThrough<T>(
  chunks: AsyncIterable<Uint8Array>,
  transform: Duplex,
): AsyncGenerator<T> {
  const source = Readable.from(chunks);
  source.on("error", (error) => transform.destroy(error));
  source.pipe(transform);
  try {
    for await (const item of transform as AsyncIterable<T>) yield item;
  } finally {
    source.destroy();
  }
}
