import type { JflowError } from "../../util/errors.ts";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import type { Caller } from "../routing/deadline.ts";
import type { DeploymentFacts } from "../topology/deployment-facts.ts";
import type { ShardsReport } from "./shards-report.ts";

/** One request to one deployment. */
export interface DeploymentCall {
  readonly deployment: DeploymentFacts;
  readonly endpoint: string;
  /**
   * Complete requests, with the deployment's own parameters. There are several at a join without
   * reduce and in `uses_after`.
   */
  readonly parts: readonly DataRequest[];
  /** The deployments that several parts come from, in their order. */
  readonly sources?: readonly string[];
  /** The deployment's own parameters. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The first half of the operation ids of its writes. Undefined selects a random one. */
  readonly operation: string | undefined;
  readonly caller: Caller;
}

/** A deployment's answer. */
export interface DeploymentAnswer {
  readonly response: DataRequest;
  /** The executor threw (`header.status` of the response), or `error` says what else failed. */
  readonly isError: boolean;
  /** A write that was not acknowledged by every shard; the response is the request. */
  readonly error?: JflowError;
  readonly shards?: ShardsReport;
}
