import { concatBytes, ProtoReader, BYTES } from "../../util/protobuf/proto-reader.ts";
import { ProtoWriter, varintLength } from "../../util/protobuf/proto-writer.ts";
import type { ClientStream, ServerStream } from "../grpc.ts";
import { decodeFrames, type EncodedFrame, type Frame } from "./frames.ts";

/** Frames up to this size share a message. A larger frame is sent alone, on the second stream. */
export const LARGE_FRAME_BYTES = 1024 * 1024;

/**
 * Writes frames to one stream. The frames of one tick are sent as one message. While the stream is
 * blocked, frames are queued here and sent in larger messages.
 */
export class FrameWriter {
  readonly #stream: ClientStream | ServerStream;
  #queue: EncodedFrame[] = [];
  #queuedBytes = 0;
  #scheduled = false;
  #blocked = false;

  constructor(stream: ClientStream | ServerStream) {
    this.#stream = stream;
    stream.on("drain", () => {
      this.#blocked = false;
      this.#schedule();
    });
  }

  /** The bytes that wait in this queue. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  write(frame: EncodedFrame): void {
    this.#queue.push(frame);
    this.#queuedBytes += frame.bytes;
    this.#schedule();
  }

  /** Writes all queued frames at once, also to a blocked stream: the stream is about to end. */
  flush(): void {
    while (this.#queue.length > 0) this.#writeMessage();
  }

  /**
   * An immediate runs after the input of this tick was read, so the frames of many callers share
   * one message.
   */
  #schedule(): void {
    if (this.#scheduled || this.#blocked || this.#queue.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (!this.#blocked && this.#queue.length > 0) this.#blocked = !this.#writeMessage();
    });
  }

  #writeMessage(): boolean {
    let bytes = 0;
    let count = 0;
    for (const frame of this.#queue) {
      if (count > 0 && bytes + frame.bytes > LARGE_FRAME_BYTES) break;
      bytes += frame.bytes;
      count += 1;
    }
    const frames = count === this.#queue.length ? this.#queue : this.#queue.slice(0, count);
    this.#queue = count === this.#queue.length ? [] : this.#queue.slice(count);
    this.#queuedBytes -= bytes;
    const head = new ProtoWriter(1 + varintLength(bytes))
      .varint(FRAMES * 8 + BYTES)
      .varint(bytes)
      .finish();
    return this.#stream.write(concatBytes([head, ...frames.flatMap((frame) => frame.parts)]));
  }
}

/** The field number of `jflow.Frames`. */
const FRAMES = 1;

/** Reads a `jflow.Frames`. Throws `RangeError` or `INVALID_ARGUMENT` for malformed bytes. */
export function readFrames(message: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  const reader = new ProtoReader(message);
  while (reader.next()) {
    if (reader.field === FRAMES) frames.push(...decodeFrames(reader.slice()));
  }
  return frames;
}
