import { randomUUID } from "node:crypto";
import { JflowError } from "../../util/errors.ts";
import type { TopologyDeployment } from "../../model/topology.ts";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import type { LiveTopology } from "../topology/live-topology.ts";
import { assertNever } from "../../util/unreachable.ts";
import { makeMerger } from "../merge/merger.ts";
import type { Route, Slice } from "../routing/shard-route.ts";
import { isBound } from "../topology/graph.ts";
import { chooseRoute, isWrite } from "../routing/choose-route.ts";
import { joinSlices, mergeAnswers } from "./combine-answers.ts";
import { withTimeout, type Caller } from "../routing/deadline.ts";
import { readShard } from "../read/read-shard.ts";
import { reportShards, settleShard, unacknowledged, type ShardOutcome } from "./shard-outcomes.ts";
import type { ShardsReport } from "./shards-report.ts";
import type { ShardWriters } from "../write/shard-writers.ts";

/** What asking needs of the running gateway. */
export interface Reach {
  readonly live: LiveTopology;
  readonly writers: ShardWriters;
}

/** One request to one deployment. */
export interface DeploymentCall {
  readonly deployment: TopologyDeployment;
  readonly endpoint: string;
  /**
   * Complete requests, with the deployment's own parameters; several at a join without reduce and
   * in `uses_after`.
   */
  readonly parts: readonly DataRequest[];
  /** Of several parts: the deployment each came from. */
  readonly sources?: readonly string[];
  /** The deployment's own. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The first half of the operation ids of its writes; undefined: a random one. */
  readonly operation: string | undefined;
  readonly caller: Caller;
}

/** A deployment's answer. */
export interface DeploymentAnswer {
  readonly response: DataRequest;
  /** `header.status` of the response says what the executor threw, or `error` what else failed. */
  readonly isError: boolean;
  /** A write that was not acknowledged everywhere; the response is the request. */
  readonly error?: JflowError;
  readonly shards?: ShardsReport;
}

/**
 * Asks a deployment: `uses_before`, route, a replica or the primary of each shard, merge,
 * `uses_after`. Rejects where no shard answered; a write that was not acknowledged everywhere
 * resolves with `error`.
 */
export async function askDeployment(reach: Reach, call: DeploymentCall): Promise<DeploymentAnswer> {
  const prepared = await askHelper(reach, call.deployment.before, call);
  if (prepared === undefined) return askShards(reach, call);
  if (prepared.isError) return prepared;
  const { sources: _, ...single } = call;
  return askShards(reach, {
    ...single,
    parts: [call.parts[0]!.with({ content: prepared.response.content })],
  });
}

/**
 * Asks a `uses_before` or `uses_after` executor; undefined where there is none or it does not bind
 * the endpoint.
 */
async function askHelper(
  reach: Reach,
  name: string | undefined,
  call: DeploymentCall,
): Promise<DeploymentAnswer | undefined> {
  if (name === undefined) return undefined;
  const deployment = reach.live.deployment(name);
  if (!deployment)
    throw new JflowError(
      "UNAVAILABLE",
      `${name}, a helper of ${call.deployment.name}, is not there`,
    );
  return isBound(deployment, call.endpoint) ? askShards(reach, { ...call, deployment }) : undefined;
}

async function askShards(reach: Reach, call: DeploymentCall): Promise<DeploymentAnswer> {
  const { deployment } = call;
  const route = chooseRoute(call, () => reach.live.takeTurn(deployment.name));
  const outcomes = await Promise.all(
    splitCall(call, route).map(({ shard, requests }) =>
      settleShard(shard, askShard(reach, { call, shard, requests })),
    ),
  );
  return concludeCall(reach, call, route, outcomes);
}

interface ShardPart {
  readonly shard: number;
  readonly requests: readonly DataRequest[];
}

/** What each shard is sent. */
function splitCall(call: DeploymentCall, route: Route): ShardPart[] {
  const { deployment, parts } = call;
  if (route.kind === "one") return [{ shard: route.shard, requests: parts }];
  if (route.kind === "all") {
    const before = makeMerger(deployment.merge).before?.(call.parameters);
    const isSame = before === undefined || before === call.parameters;
    const requests = isSame ? parts : parts.map((part) => part.with({ parameters: before }));
    return Array.from({ length: deployment.shards }, (_, shard) => ({ shard, requests }));
  }
  const [first] = parts;
  const { documents } = first!;
  return route.slices.map(({ shard, positions }) => ({
    shard,
    requests: [first!.with({ documents: positions.map((position) => documents[position]!) })],
  }));
}

async function askShard(
  reach: Reach,
  asked: ShardPart & { readonly call: DeploymentCall },
): ReturnType<typeof readShard> {
  const { call, shard, requests } = asked;
  const { deployment, endpoint, caller, sources } = call;
  const shardCall = {
    deployment,
    shard,
    endpoint,
    requests,
    caller,
    ...(sources ? { sources } : {}),
  };
  if (!deployment.stateful || !isWrite(deployment, endpoint))
    return readShard(reach.live, shardCall);
  // A read's time counts anew with each replica tried; of a write there is one attempt that goes on
  // across promotions.
  const limited = withTimeout(caller, deployment.timeoutSendMs, Date.now());
  return reach.writers.write(
    { ...shardCall, caller: limited },
    `${call.operation ?? randomUUID()}:${shard}`,
  );
}

async function concludeCall(
  reach: Reach,
  call: DeploymentCall,
  route: Route,
  outcomes: readonly ShardOutcome[],
): Promise<DeploymentAnswer> {
  const failure = judgeOutcomes(call, outcomes);
  if (failure) return failure;
  const answered = outcomes.filter((outcome) => outcome.kind === "answered");
  const isPartial = answered.length < outcomes.length;
  const isReplicated = call.deployment.stateful && isWrite(call.deployment, call.endpoint);
  const shards = isPartial || isReplicated ? { shards: reportShards(outcomes) } : {};
  const responses = answered.map(({ response }) => response);
  const after = await askAfter(reach, call, responses);
  if (after) return { ...after, ...shards };
  const asked =
    route.kind !== "slices" ? route : { ...route, slices: keepAnswered(route.slices, answered) };
  return { response: mergeByRoute(call, asked, responses), isError: false, ...shards };
}

function keepAnswered(slices: readonly Slice[], answered: readonly ShardOutcome[]): Slice[] {
  const shards = new Set(answered.map(({ shard }) => shard));
  return slices.filter(({ shard }) => shards.has(shard));
}

/** The answer where what came back is a failure; rejects where no shard answered a read. */
function judgeOutcomes(
  call: DeploymentCall,
  outcomes: readonly ShardOutcome[],
): DeploymentAnswer | undefined {
  const { deployment, endpoint } = call;
  const isWriting = isWrite(deployment, endpoint);
  const isReported = deployment.shards > 1 || (isWriting && deployment.stateful);
  const report = isReported ? { shards: reportShards(outcomes) } : {};
  const error = isWriting ? unacknowledged(deployment.name, outcomes) : undefined;
  if (error) return { response: call.parts[0]!, isError: true, error, ...report };
  const isAnswered = outcomes.some((outcome) => outcome.kind === "answered");
  const threw = outcomes.find((outcome) => outcome.kind === "threw");
  if (threw && (isWriting || !isAnswered))
    return { response: threw.response, isError: true, ...report };
  if (!isAnswered) throw joinErrors(deployment.name, outcomes);
  return undefined;
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

async function askAfter(
  reach: Reach,
  call: DeploymentCall,
  responses: readonly DataRequest[],
): Promise<DeploymentAnswer | undefined> {
  const { merge, name } = call.deployment;
  if (merge.kind !== "executor") return undefined;
  const source = [{ executor: name }];
  const parts = responses.map(({ content, parameters }) =>
    call.parts[0]!.with({ content, routes: source, parameters }),
  );
  return askHelper(reach, merge.deployment, { ...call, parts, sources: responses.map(() => name) });
}

function mergeByRoute(
  call: DeploymentCall,
  route: Route,
  responses: readonly DataRequest[],
): DataRequest {
  switch (route.kind) {
    case "one":
      return responses[0]!;
    case "slices":
      return joinSlices(responses, route.slices);
    case "all":
      return mergeAnswers(responses, makeMerger(call.deployment.merge), call.parameters);
    default:
      return assertNever(route);
  }
}
