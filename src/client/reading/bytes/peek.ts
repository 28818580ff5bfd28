import { setTimeout as sleep } from "node:timers/promises";

/** The beginning of a stream, and all of it. */
export interface Peeked {
  readonly start: Buffer;
  /** Whether `start` is all of it. */
  readonly isWhole: boolean;
  readonly chunks: AsyncGenerator<Uint8Array>;
}

/**
 * Reads chunks until `isEnough` is true, or all of them. Returns their start, and an iterator over
 * all chunks from the beginning. With `slow`, the reading ends `waitMs` after `isReady` is true: a
 * slow pipe is not waited for.
 */
export async function peek(
  chunks: AsyncIterable<Uint8Array>,
  isEnough: (start: Buffer) => boolean,
  slow?: { readonly waitMs: number; readonly isReady: (start: Buffer) => boolean },
): Promise<Peeked> {
  const iterator = chunks[Symbol.asyncIterator]();
  let start: Buffer = Buffer.alloc(0);
  let endMs: number | undefined;
  for (;;) {
    if (isEnough(start)) return { start, isWhole: false, chunks: replay(start, iterator) };
    const next = iterator.next();
    if (slow?.isReady(start) === true) endMs ??= performance.now() + slow.waitMs;
    if (endMs !== undefined && (await isLate(next, endMs)))
      return { start, isWhole: false, chunks: replay(start, iterator, next) };
    const result = await next.catch((error: unknown) => {
      if (start.length === 0) throw error;
    });
    // The bytes before the error are read first.
    if (result === undefined)
      return { start, isWhole: false, chunks: replay(start, iterator, next) };
    if (result.done) return { start, isWhole: true, chunks: replay(start, undefined) };
    start = Buffer.concat([start, result.value]);
  }
}

async function isLate(next: Promise<unknown>, endMs: number): Promise<boolean> {
  const stop = new AbortController();
  const pause = sleep(Math.max(0, endMs - performance.now()), true, { signal: stop.signal });
  pause.catch(() => undefined);
  try {
    return await Promise.race([pause, next.then(() => false)]);
  } finally {
    stop.abort();
  }
}

async function* replay(
  start: Uint8Array,
  rest: AsyncIterator<Uint8Array> | undefined,
  pending?: Promise<IteratorResult<Uint8Array>>,
): AsyncGenerator<Uint8Array> {
  try {
    if (start.length > 0) yield start;
    for (let next = await (pending ?? rest?.next()); next && !next.done; next = await rest?.next())
      yield next.value;
  } finally {
    await rest?.return?.();
  }
}
