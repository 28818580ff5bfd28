import { JflowError, toJflowError } from "../../../util/errors.ts";
import { isErrorCode } from "../../status.ts";
import type { RequestStatus } from "./header.ts";

/** Returns any error as the `header.status` of an answer: Jina's `StatusProto`, code ERROR. */
export function toRequestStatus(error: unknown): RequestStatus {
  const known = toJflowError(error);
  const exception = known.exception ?? {
    name: known.code,
    args: [known.message],
    stacks: [],
    executor: "",
  };
  return { code: "ERROR", description: known.message, exception };
}

/**
 * Returns the error in the `header.status` of an answer; undefined for a success. An error of jflow
 * keeps its code; any other is the executor's.
 */
export function fromRequestStatus(status: RequestStatus | undefined): JflowError | undefined {
  if (!status || status.code === "SUCCESS") return undefined;
  const name = status.exception?.name ?? "";
  if (isErrorCode(name) && name !== "EXECUTOR_FAILED")
    return new JflowError(name, status.description);
  return new JflowError(
    "EXECUTOR_FAILED",
    status.description,
    status.exception ? { exception: status.exception } : {},
  );
}
