import { Readable, type Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";

/**
 * What `transform` makes of the chunks. An error of the source is thrown here too (a plain pipe
 * would lose it and hang), and whoever stops reading closes the source.
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
