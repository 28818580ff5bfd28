import type { IncomingMessage } from "node:http";
import { JflowError } from "../../../util/errors.ts";
import { requestTooLarge } from "../../../wire/message-size.ts";
import type { BodyShare } from "../../handler/body-budget.ts";
import { PROCEED } from "../../../wire/http/http-listener.ts";
import { httpStatusOf } from "../../../wire/http/http-status.ts";

interface BodyOptions {
  readonly maxBytes: number;
  /** Counts the bytes that have arrived: a client may announce a body and not send it. */
  readonly share: BodyShare;
}

/**
 * Returns the body of a request as text. Throws `TOO_LARGE` as soon as the body is longer than
 * `maxBytes`, `UNAVAILABLE` as soon as `share` has no room, `UNIMPLEMENTED` if it is compressed or
 * in another encoding, `INVALID_ARGUMENT` if it is not valid UTF-8, `CANCELLED` if the client
 * disconnects before its end.
 */
export async function readBody(
  request: IncomingMessage,
  { maxBytes, share }: BodyOptions,
): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  refuseForeign(sayForeign(request.headers));
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > maxBytes) throw requestTooLarge(announced, maxBytes);
  share.assertRoomFor(announced);
  request.emit(PROCEED);
  try {
    // The request is not destroyed: its socket still has to carry the refusal.
    for await (const chunk of request.iterator({
      destroyOnReturn: false,
    }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw requestTooLarge(length, maxBytes);
      share.growTo(length);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof JflowError) throw cause;
    throw new JflowError(
      "CANCELLED",
      "the client disconnected before it had sent the whole request",
      { cause },
    );
  }
  const bytes = Buffer.concat(chunks);
  refuseForeign(BEGINNINGS.find(({ mark }) => bytes.subarray(0, mark.length).equals(mark))?.kind);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new JflowError("INVALID_ARGUMENT", "the body is not valid UTF-8", { cause });
  }
}

/** Returns the HTTP status of a body that could not be read. */
export function bodyStatusOf(error: JflowError): number {
  return error.code === "UNIMPLEMENTED" ? 415 : httpStatusOf(error);
}

/** The first bytes of bodies that are not supported, regardless of the headers. */
const BEGINNINGS = [
  { mark: Buffer.from([0x1f, 0x8b]), kind: "gzip" },
  { mark: Buffer.from([0xff, 0xfe]), kind: "UTF-16" },
  { mark: Buffer.from([0xfe, 0xff]), kind: "UTF-16" },
];

const READ_CHARSETS: ReadonlySet<string> = new Set(["utf-8", "utf8", "us-ascii"]);

/** Returns the compression or the character set that the headers name, if it is not supported. */
function sayForeign(headers: IncomingMessage["headers"]): string | undefined {
  const coding = headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (coding !== "identity") return coding;
  const charset = /;\s*charset="?([^\s";]+)/i.exec(headers["content-type"] ?? "")?.[1];
  return charset === undefined || READ_CHARSETS.has(charset.toLowerCase()) ? undefined : charset;
}

function refuseForeign(kind: string | undefined): void {
  if (kind !== undefined)
    throw new JflowError(
      "UNIMPLEMENTED",
      `the body is ${kind}, which is not supported; send uncompressed UTF-8`,
    );
}
