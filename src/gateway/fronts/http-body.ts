import type { IncomingMessage } from "node:http";
import { JflowError } from "../../model/errors.ts";

/**
 * The body of a request as text. Throws `RESOURCE_EXHAUSTED` as soon as it is longer than `maxBytes`, `INVALID_ARGUMENT` where it is no UTF-8,
 * `CANCELLED` where the client goes before its end.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > maxBytes) throw tooLong(maxBytes);
  try {
    // Left undestroyed on the way out: its socket has to carry the refusal.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new JflowError("CANCELLED", "the client went before the end of its request", { cause });
  }
  if (length > maxBytes) throw tooLong(maxBytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new JflowError("INVALID_ARGUMENT", "the body is no UTF-8", { cause });
  }
}

function tooLong(maxBytes: number): JflowError {
  return new JflowError("RESOURCE_EXHAUSTED", `the body is longer than ${maxBytes} bytes`);
}
