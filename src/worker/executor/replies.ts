import { toJflowError } from "../../util/errors.ts";
import type { WorkerReply } from "../../wire/exchange/messages.ts";
import type { ExecutorCall } from "./executor-call.ts";
import { toExecutorFailure } from "./executor-failure.ts";
import type { MethodEnd } from "./executor-host.ts";
import { buildAnswer, buildErrorAnswer } from "./results.ts";

/** The replica that answers, for `__results__` and for exceptions. */
export interface Answerer {
  /** The key in `__results__`. */
  readonly place: string;
  /** The executor's class. */
  readonly executor: string;
}

/**
 * Returns the reply to a call whose method has ended. A result that cannot be encoded becomes an
 * error reply.
 */
export function toReply(call: ExecutorCall, end: MethodEnd, answerer: Answerer): WorkerReply {
  if (end.kind === "threw") return toErrorReply(call, end.error);
  try {
    return {
      response: buildAnswer(call, end.documents, end.result, answerer.place),
      isError: false,
    };
  } catch (thrown) {
    return toErrorReply(call, toExecutorFailure(thrown, answerer.executor));
  }
}

/** Returns the reply that carries an error in the header of the request. */
export function toErrorReply(call: ExecutorCall, error: unknown): WorkerReply {
  return { response: buildErrorAnswer(call, toJflowError(error)), isError: true };
}
