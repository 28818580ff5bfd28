import { JflowError, toJflowError, type ErrorCode } from "../../util/errors.ts";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import { fromRequestStatus } from "../../wire/jina/messages/request-status.ts";
import type { ShardReply } from "../routing/shard-call.ts";
import type { ShardRoute } from "../routing/shard-route.ts";
import type { DeploymentAnswer, DeploymentCall } from "./deployment-call.ts";
import { countDocuments, idsSentTo } from "./document-counts.ts";
import { warnOfUnknownNames } from "./unknown-names.ts";
import type { ShardFailure, ShardsReport } from "./shards-report.ts";

/** The outcome of the part of a request that went to one shard. */
export type ShardOutcome =
  | {
      readonly kind: "answered";
      readonly shard: number;
      readonly address: string;
      readonly response: DataRequest;
      readonly copies: Copies;
    }
  /** The executor threw. The error is in `header.status` of the response. */
  | {
      readonly kind: "threw";
      readonly shard: number;
      readonly address: string;
      readonly response: DataRequest;
      readonly copies: Copies;
    }
  | {
      readonly kind: "failed";
      readonly shard: number;
      readonly error: JflowError;
      readonly copies: Copies;
    };

interface Copies {
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
}

/** A read counts each shard once. */
const ONE: Copies = { total: 1, successful: 1, failed: 0 };
const NONE: Copies = { total: 1, successful: 0, failed: 1 };

/** Waits for the reply of one shard. Rejects only if the client cancelled the request. */
export async function settleShard(
  shard: number,
  reply: Promise<ShardReply>,
): Promise<ShardOutcome> {
  try {
    const { reply: answer, address } = await reply;
    const { response } = answer;
    if (answer.isError) {
      const { total } = answer.copies ?? NONE;
      const copies = { total, successful: 0, failed: total };
      return { kind: "threw", shard, address, response, copies };
    }
    return { kind: "answered", shard, address, response, copies: answer.copies ?? ONE };
  } catch (thrown) {
    const error = toJflowError(thrown);
    if (error.code === "CANCELLED") throw error;
    return { kind: "failed", shard, error, copies: NONE };
  }
}

function describeFailure(outcome: Exclude<ShardOutcome, { kind: "answered" }>): ShardFailure {
  const { shard } = outcome;
  if (outcome.kind === "failed") return { shard, reason: outcome.error.message };
  const { status } = outcome.response.header;
  return { shard, address: outcome.address, reason: status?.description ?? "the executor threw" };
}

/** Returns `parameters._shards` for these outcomes of a request that went along `route`. */
export function reportShards(
  call: DeploymentCall,
  route: ShardRoute,
  outcomes: readonly ShardOutcome[],
): ShardsReport {
  const { isReplicated } = call.deployment.endpoint(call.endpoint);
  const failures = outcomes.flatMap((outcome) => {
    if (outcome.kind === "answered") return [];
    const ids = isReplicated ? idsSentTo(call, route, outcome.shard) : [];
    return [{ ...describeFailure(outcome), ...(ids.length > 0 ? { documents: ids } : {}) }];
  });
  const documents = isReplicated ? countDocuments(call, route, outcomes) : undefined;
  const warnings = warnOfUnknownNames(outcomes);
  const sum = (pick: (copies: Copies) => number): number =>
    outcomes.reduce((total, outcome) => total + pick(outcome.copies), 0);
  return {
    total: sum((copies) => copies.total),
    successful: sum((copies) => copies.successful),
    failed: sum((copies) => copies.failed),
    ...(failures.length > 0 ? { failures } : {}),
    ...(documents ? { documents } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

/** Errors after which the write was certainly not applied. */
const NOT_WRITTEN: ReadonlySet<ErrorCode> = new Set([
  "INVALID_ARGUMENT",
  "UNIMPLEMENTED",
  "EXECUTOR_FAILED",
]);

/** The codes of a `RequestRefusal`. */
const REFUSED: ReadonlySet<ErrorCode> = new Set(["INVALID_ARGUMENT", "UNIMPLEMENTED"]);

/**
 * Returns the error of a write that a shard did not acknowledge. The error names each such shard
 * and what the client may do.
 */
function unacknowledged(
  deployment: string,
  outcomes: readonly ShardOutcome[],
): JflowError | undefined {
  const failed = outcomes.filter((outcome) => outcome.kind === "failed");
  const [first] = failed;
  if (!first) return undefined;
  const parts = failed.map(({ shard, error }) => `shard ${shard} (${error.message})`).join(", ");
  const isRefusal = failed.every(({ error }) => NOT_WRITTEN.has(error.code));
  const hint = isRefusal ? "" : "; these shards may hold the write, and sending it again is safe";
  return new JflowError(
    first.error.code,
    `${deployment} did not acknowledge the write: ${parts}${hint}`,
    {
      cause: first.error,
    },
  );
}

/**
 * Returns the answer if the outcomes are a failure; undefined if they can be merged. Throws if no
 * shard answered a read, or if an executor refused the request as a whole.
 */
export function judgeOutcomes(
  call: DeploymentCall,
  route: ShardRoute,
  outcomes: readonly ShardOutcome[],
): DeploymentAnswer | undefined {
  const { deployment, endpoint, parts } = call;
  const { isWrite, isReplicated } = deployment.endpoint(endpoint);
  const isReported = deployment.spec.shards > 1 || isReplicated;
  const report = isReported ? { shards: reportShards(call, route, outcomes) } : {};
  const error = isWrite ? unacknowledged(deployment.name, outcomes) : undefined;
  if (error) return { response: parts[0]!, isError: true, error, ...report };
  const isAnswered = outcomes.some((outcome) => outcome.kind === "answered");
  const threw = outcomes.find((outcome) => outcome.kind === "threw");
  if (isAnswered && !(threw && isWrite)) return undefined;
  if (!threw) throw joinErrors(deployment.name, outcomes);
  if (!isAnswered) throwRefusal(threw.response);
  return { response: threw.response, isError: true, ...report };
}

/** Throws the error of the response if an executor refused the request as a whole. */
function throwRefusal({ header }: DataRequest): void {
  const error = fromRequestStatus(header.status);
  if (error !== undefined && REFUSED.has(error.code)) throw error;
}

function joinErrors(deployment: string, outcomes: readonly ShardOutcome[]): JflowError {
  const errors = outcomes.flatMap((outcome) => (outcome.kind === "failed" ? [outcome.error] : []));
  const [first] = errors;
  if (errors.length === 1) return first!;
  const messages = [...new Set(errors.map(({ message }) => message))].join("; ");
  return new JflowError(first!.code, `no shard of ${deployment} answered: ${messages}`, {
    cause: first,
  });
}
