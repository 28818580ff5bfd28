import { JflowError } from "../util/errors.ts";

/** Returns the error of an answer that is longer than a message may be. */
export function answerTooLarge(bytes: number, maxMessageBytes: number): JflowError {
  return new JflowError(
    "TOO_LARGE",
    `the answer has ${bytes} bytes, more than max_message_size (${maxMessageBytes}): request fewer documents, or set max_message_size in the flow file`,
  );
}

/**
 * Returns the error of a request that is longer than a message may be. The length of a compressed
 * request is unknown.
 */
export function requestTooLarge(bytes: number | undefined, maxMessageBytes: number): JflowError {
  const size = bytes === undefined ? "decompresses to" : `has ${bytes} bytes,`;
  return new JflowError(
    "TOO_LARGE",
    `the request ${size} more than max_message_size (${maxMessageBytes}): send fewer documents, or set max_message_size in the flow file`,
  );
}
