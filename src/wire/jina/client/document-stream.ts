import type { Cancellation } from "../../cancellation.ts";
import { status as GRPC, type ClientReadableStream } from "@grpc/grpc-js";
import { JflowError } from "../../../util/errors.ts";
import { DocumentRequest } from "../messages/document-request.ts";
import { fromRequestStatus } from "../messages/request-status.ts";

/** The status details of grpc for Python if a method threw. */
const THREW = /^Unexpected <class '(?:.*\.)?(\w+)'>: (.*)$/s;

/**
 * Yields the messages of a call. A message is read after the reader took the one before it. The
 * call ends with the reader's loop or with `signal`.
 */
export async function* readDocumentStream(
  call: ClientReadableStream<Uint8Array>,
  signal: Cancellation | undefined,
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
 * Yields the documents of an answer to a `SingleDocumentRequestProto`. Rejects with the error that
 * `header.status` of a message reports.
 */
export async function* takeDocuments(
  messages: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const message of messages) {
    const document = takeDocument(DocumentRequest.read(message));
    if (document !== undefined) yield document;
  }
}

/** Returns the document of one message. Throws the error that `header.status` reports. */
export function takeDocument({ header, document }: DocumentRequest): Uint8Array | undefined {
  const error = fromRequestStatus(header.status);
  if (error !== undefined) throw error;
  return document;
}

/** Returns the error of a Python executor's method; undefined for any other error. */
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
 * Ignores the error of the stream's own cancellation. Node throws an error event without a
 * listener; all other errors reach the reader's loop.
 */
function ignoreOwnEnd(): void {}
