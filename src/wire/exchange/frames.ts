import { JflowError } from "../../util/errors.ts";
import { viewOf } from "../../util/protobuf/proto-reader.ts";

export type FrameKind = "call" | "reply" | "error" | "cancel";

/** One frame. `payload` is a view of its message. */
export interface Frame {
  /** Identifies the call on its connection. */
  readonly id: number;
  readonly kind: FrameKind;
  readonly payload: Uint8Array;
}

const KINDS: readonly FrameKind[] = ["call", "reply", "error", "cancel"];

/** `[length: u32][id: u32][kind: u8]`, little endian. The length counts the bytes after itself. */
const HEAD_BYTES = 9;

/**
 * A frame as its head and the parts of its payload. They are joined when its message is written.
 */
export interface EncodedFrame {
  readonly parts: readonly Uint8Array[];
  readonly bytes: number;
}

/** Encodes a frame with a payload in parts. */
export function encodeFrame(
  id: number,
  kind: FrameKind,
  payload: readonly Uint8Array[],
): EncodedFrame {
  let length = 0;
  for (const part of payload) length += part.length;
  const head = new Uint8Array(HEAD_BYTES);
  const view = viewOf(head);
  view.setUint32(0, HEAD_BYTES - 4 + length, true);
  view.setUint32(4, id, true);
  head[8] = KINDS.indexOf(kind);
  return { parts: [head, ...payload], bytes: HEAD_BYTES + length };
}

/**
 * Splits a message into its frames. Throws `INVALID_ARGUMENT` for a truncated frame or an unknown
 * kind.
 */
export function decodeFrames(bytes: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  const view = viewOf(bytes);
  let at = 0;
  while (at < bytes.length) {
    const end = at + HEAD_BYTES <= bytes.length ? at + 4 + view.getUint32(at, true) : Infinity;
    const kind = KINDS[bytes[at + 8] ?? -1];
    if (end > bytes.length || end < at + HEAD_BYTES || kind === undefined) {
      throw new JflowError(
        "INVALID_ARGUMENT",
        "malformed message: a frame is truncated or has an unknown kind",
      );
    }
    frames.push({
      id: view.getUint32(at + 4, true),
      kind,
      payload: bytes.subarray(at + HEAD_BYTES, end),
    });
    at = end;
  }
  return frames;
}
