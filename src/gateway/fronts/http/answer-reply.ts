import type { Answer } from "../../handler/finish-answer.ts";
import { readFailure, writeAnswer, writeV2Answer } from "../json/answer-json.ts";
import type { WriteOptions } from "../json/documents-json.ts";
import type { JsonProblem } from "../json/request-json.ts";
import { replyDetail, replyJsonText, type HttpReply } from "../../../wire/http/http-reply.ts";
import { writeStatusOf } from "../../../wire/http/http-status.ts";

/** The HTTP status of Jina's docarray v2 front if an executor threw. */
const EXECUTOR_FAILED_TWO = 499;

export function replyProblem({ status, place, message }: JsonProblem): HttpReply {
  return replyDetail(status, [{ loc: place, msg: message, type: "value_error" }]);
}

/** Rejects with `TOO_LARGE` if the JSON of the answer is longer than `maxBytes`. */
export async function replyV1(
  { error, response }: Answer,
  options: WriteOptions,
): Promise<HttpReply> {
  return replyJsonText(error ? writeStatusOf(error) : 200, await writeAnswer(response, options));
}

/**
 * An executor's exception is in the HTTP status for docarray v2 clients, and in `header.status` for
 * docarray v1 clients. Rejects as `replyV1` does.
 */
export async function replyV2(answer: Answer, options: WriteOptions): Promise<HttpReply> {
  const failure = readFailure(answer.response);
  if (answer.error !== undefined) return replyV1(answer, options);
  if (failure === undefined)
    return replyJsonText(200, await writeV2Answer(answer.response, options));
  return replyDetail(EXECUTOR_FAILED_TWO, failure);
}
