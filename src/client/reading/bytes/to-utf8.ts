import { TextDecoder } from "node:util";
import { peek } from "./peek.ts";

/** The byte order marks of UTF-8 and of UTF-16, which Windows programs write. */
const MARKS = [
  { mark: Buffer.from([0xef, 0xbb, 0xbf]), encoding: "utf-8" },
  { mark: Buffer.from([0xff, 0xfe]), encoding: "utf-16le" },
  { mark: Buffer.from([0xfe, 0xff]), encoding: "utf-16be" },
] as const;
const MAX_MARK_BYTES = 3;

/** Why text cannot be read, and what to do. */
export const NOT_UTF8 = "not valid UTF-8: name its encoding, such as --encoding windows-1252";

/**
 * Returns the text as UTF-8 without a byte order mark. The mark decides whether the text is UTF-16.
 * Text without a mark has the given encoding, a label of the Encoding Standard
 * (https://encoding.spec.whatwg.org/#names-and-labels).
 */
export async function* toUtf8(
  text: AsyncIterable<Uint8Array>,
  encoding = "utf-8",
): AsyncGenerator<Uint8Array> {
  const { start, chunks } = await peek(text, ({ length }) => length >= MAX_MARK_BYTES);
  const found = MARKS.find(({ mark }) => start.subarray(0, mark.length).equals(mark));
  const decoder = new TextDecoder(found?.encoding ?? encoding);
  if (!found) yield* decoder.encoding === "utf-8" ? chunks : recode(chunks, decoder);
  else if (found.encoding === "utf-8") yield* skipBytes(chunks, found.mark.length);
  else yield* recode(chunks, decoder);
}

async function* skipBytes(
  chunks: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of chunks) {
    yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

async function* recode(
  chunks: AsyncIterable<Uint8Array>,
  decoder: TextDecoder,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}
