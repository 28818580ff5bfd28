import { Readable, type Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";

/**
 * Yields the output of `transform` for the chunks. Throws errors of the source as well: a plain
 * pipe would lose them and hang. Leaving the loop closes the source.
 */
export async function* passThrough<T>(
  chunks: AsyncIterable<Uint8Array>,
  transform: Duplex,
): AsyncGenerator<T> {
  const feeding = pipeline(Readable.from(chunks), transform);
  feeding.catch((error: unknown) =>
    transform.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  for await (const item of transform as AsyncIterable<T>) yield item;
  await feeding;
}
