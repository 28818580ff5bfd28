import { status as GRPC, type ClientReadableStream } from "@grpc/grpc-js";
import { JflowError } from "../../../util/errors.ts";
import { DocumentRequest } from "../messages/document-request.ts";
import { fromRequestStatus } from "../messages/request-status.ts";

/** What grpc of Python says of a method that threw. */
const THREW = /^Unexpected <class '(?:.*\.)?(\w+)'>: (.*)$/s;

/**
 * The messages of a call, each read when the one before it was taken. The call ends with the
 * reader's loop, or with `signal`.
 */
export async function* readDocumentStream(
  call: ClientReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const cancel = (): void => call.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  call.on("error", ignoreOwnEnd);
  try {
    yield* call as AsyncIterable<Uint8Array>;
  } finally {
    signal?.removeEventListener("abort", cancel);
    cancel();
  }
}

/**
 * The documents of the answer to a `SingleDocumentRequestProto`. Rejects with what a message's
 * `header.status` tells.
 */
export async function* takeDocuments(
  messages: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const message of messages) {
    const document = takeDocument(DocumentRequest.read(message));
    if (document !== undefined) yield document;
  }
}

/** The document of one message of an answer. Throws the error that `header.status` reports. */
export function takeDocument({ header, document }: DocumentRequest): Uint8Array | undefined {
  const error = fromRequestStatus(header.status);
  if (error !== undefined) throw error;
  return document;
}

/** The failure of a Python executor's method; undefined where the error is another. */
export function explainExecutor(error: unknown): JflowError | undefined {
  if (!(error instanceof Error) || !("code" in error) || error.code !== GRPC.UNKNOWN)
    return undefined;
  const details =
    "details" in error && typeof error.details === "string" ? error.details : error.message;
  const [, name = "Exception", message = details] = THREW.exec(details) ?? [];
  const exception = { name, args: [message], stacks: [], executor: "" };
  return new JflowError("EXECUTOR_FAILED", `${name}: ${message}`, { cause: error, exception });
}

/**
 * A loop that is left cancels its call, and the stream tells nobody but its listeners: the errors
 * that count reach the loop.
 */
function ignoreOwnEnd(): void {}
