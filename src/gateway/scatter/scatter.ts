import { randomUUID } from "node:crypto";
import { readDocumentId } from "../../document/scan/document-values.ts";
import { JflowError } from "../../util/errors.ts";
import { KeyedQueue } from "../../util/keyed-queue.ts";
import { assertNever } from "../../util/unreachable.ts";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import type { Handlers } from "../queue/shard-queues.ts";
import { Cursors } from "../read/cursors.ts";
import { chooseRoute } from "../routing/choose-route.ts";
import { withTimeout } from "../routing/deadline.ts";
import { listStale, sliceByPlace } from "../routing/place-documents.ts";
import type { ShardCall, ShardReply } from "../routing/shard-call.ts";
import type { ShardRoute, Slice } from "../routing/shard-route.ts";
import type { ShardWriters } from "../write/shard-writers.ts";
import { joinSlices, mergeAnswers } from "./combine-answers.ts";
import type { DeploymentAnswer, DeploymentCall } from "./deployment-call.ts";
import { countMoved } from "./document-counts.ts";
import { LOCATE_ENDPOINT, locateDocuments, type LocateDeps } from "./locate-documents.ts";
import { splitCall, type ShardPart } from "./split-call.ts";
import { judgeOutcomes, reportShards, settleShard, type ShardOutcome } from "./shard-outcomes.ts";

/** The collaborators of `Scatter`. */
export interface ScatterDeps extends LocateDeps {
  readonly writers: ShardWriters;
}

/** A route that sends each document to one shard. */
type PlacedRoute = Exclude<ShardRoute, { kind: "all" }>;

/** The endpoint at which a document is written along its own route. */
const PUT_ENDPOINT = "/index";
const DELETE_ENDPOINT = "/delete";

/** Asks the shards of a deployment and merges their answers into one. */
export class Scatter {
  readonly #deps: ScatterDeps;
  /** Turns of deployments polled `ANY`. */
  readonly #cursors = new Cursors();
  readonly #placedWrites = new KeyedQueue();

  constructor(deps: ScatterDeps) {
    this.#deps = deps;
  }

  /**
   * Asks a deployment: `uses_before`, route, a replica or the primary of each shard, merge,
   * `uses_after`. Rejects if no shard answered. A write that was not acknowledged by every shard
   * resolves with `error`.
   */
  async ask(call: DeploymentCall): Promise<DeploymentAnswer> {
    const { before } = call.deployment.spec;
    const prepared = before === undefined ? undefined : await this.#askHelper(before, call);
    if (prepared === undefined) return this.#askShards(call);
    if (prepared.isError) return prepared;
    const { sources: _, ...single } = call;
    return this.#askShards({
      ...single,
      parts: [call.parts[0]!.with({ content: prepared.response.content })],
    });
  }

  /** Undefined if the `uses_before` or `uses_after` executor does not bind the endpoint. */
  async #askHelper(name: string, call: DeploymentCall): Promise<DeploymentAnswer | undefined> {
    const deployment = this.#deps.live.facts.deployment(name);
    if (!deployment)
      throw new JflowError(
        "UNAVAILABLE",
        `${name}, an executor of ${call.deployment.name}, is not part of the topology`,
      );
    return deployment.endpoint(call.endpoint).isBound
      ? this.#askShards({ ...call, deployment })
      : undefined;
  }

  async #askShards(call: DeploymentCall): Promise<DeploymentAnswer> {
    const route = chooseRoute(call, () => this.#cursors.takeTurn(call.deployment.name));
    const parts = splitCall(call, route);
    if (!canLocate(call, route))
      return this.#conclude(call, route, await this.#askParts(call, parts));
    const ask = (): Promise<DeploymentAnswer> =>
      call.endpoint === PUT_ENDPOINT
        ? this.#put(call, route, parts)
        : this.#askHolders(call, route);
    if (!call.deployment.endpoint(call.endpoint).isWrite) return ask();
    // Two writes of one document along different routes would delete each other's document.
    const { name } = call.deployment;
    const ids = call.parts[0]!.documents.map((document) => `${name}/${readDocumentId(document)}`);
    return this.#placedWrites.run(ids, ask);
  }

  /** Sends each document to the shards that hold it. */
  async #askHolders(call: DeploymentCall, route: PlacedRoute): Promise<DeploymentAnswer> {
    const places = await locateDocuments(call, this.#deps);
    const slices = route.kind === "slices" ? sliceByPlace(route.slices, places) : [];
    const placed: ShardRoute = { kind: "slices", slices };
    return this.#conclude(call, placed, await this.#askParts(call, splitCall(call, placed)));
  }

  /**
   * Writes documents along their own route, then deletes what they replace on other shards. The
   * write does not wait until the replaced documents are located. Rejects if they cannot be
   * located, once the write has ended.
   */
  async #put(
    call: DeploymentCall,
    route: PlacedRoute,
    parts: readonly ShardPart[],
  ): Promise<DeploymentAnswer> {
    const [written, located] = await Promise.allSettled([
      this.#askParts(call, parts),
      locateDocuments(call, this.#deps),
    ]);
    if (written.status === "rejected") throw written.reason;
    if (located.status === "rejected") throw located.reason;
    const outcomes = written.value;
    const ids = call.parts[0]!.documents.map(readDocumentId);
    const stale = listStale(route, located.value, ids);
    const isDone = outcomes.every(({ kind }) => kind === "answered");
    const removals = isDone && stale.length > 0 ? await this.#remove(call, stale) : [];
    const unfinished = removals.filter(({ kind }) => kind !== "answered");
    const answer = await this.#conclude(call, route, [...outcomes, ...unfinished]);
    return countMoved(answer, removals);
  }

  /** Deletes documents of other shards that a write has replaced. */
  async #remove(call: DeploymentCall, stale: readonly Slice[]): Promise<ShardOutcome[]> {
    const operation = `${call.operation ?? randomUUID()}:replaced`;
    const removal = {
      ...call,
      endpoint: DELETE_ENDPOINT,
      operation,
      parts: [call.parts[0]!.with({ parameters: {} })],
    };
    return this.#settle(removal, splitCall(removal, { kind: "slices", slices: stale }));
  }

  /** Rejects with `OVERLOADED`, before any shard is asked, if the queue of one of them is full. */
  async #askParts(call: DeploymentCall, parts: readonly ShardPart[]): Promise<ShardOutcome[]> {
    const { deployment } = call;
    const turns = parts.map(({ shard }) => ({ deployment, shard }));
    this.#deps.queues.check(turns, handlersOf(call));
    return this.#settle(call, parts);
  }

  async #settle(call: DeploymentCall, parts: readonly ShardPart[]): Promise<ShardOutcome[]> {
    return Promise.all(parts.map((part) => settleShard(part.shard, this.#askShard(call, part))));
  }

  async #askShard(call: DeploymentCall, { shard, requests }: ShardPart): Promise<ShardReply> {
    const { deployment, endpoint, caller, sources } = call;
    const { reader, writers, queues } = this.#deps;
    const handlers = handlersOf(call);
    const shardCall: ShardCall = {
      deployment,
      shard,
      endpoint,
      requests,
      caller,
      ...(sources ? { sources } : {}),
    };
    if (handlers === "replicas")
      return queues.run(shardCall, handlers, async () => reader.read(shardCall));
    // The timeout of a read starts again with each replica. A write has one timeout, also across
    // promotions.
    const limited = withTimeout(caller, deployment.spec.timeoutSendMs, Date.now());
    const operationId = `${call.operation ?? randomUUID()}:${shard}`;
    const write = { ...shardCall, caller: limited };
    return queues.run(write, handlers, async () => writers.write(write, operationId));
  }

  async #conclude(
    call: DeploymentCall,
    route: ShardRoute,
    outcomes: readonly ShardOutcome[],
  ): Promise<DeploymentAnswer> {
    const failure = judgeOutcomes(call, route, outcomes);
    if (failure) return failure;
    const answered = outcomes.filter((outcome) => outcome.kind === "answered");
    const isPartial = answered.length < outcomes.length;
    const { isReplicated } = call.deployment.endpoint(call.endpoint);
    const report = reportShards(call, route, outcomes);
    const isReported = isPartial || isReplicated || report.warnings !== undefined;
    const shards = isReported ? { shards: report } : {};
    const responses = answered.map(({ response }) => response);
    const after = await this.#askAfter(call, responses);
    if (after) return { ...after, ...shards };
    const asked =
      route.kind !== "slices" ? route : { ...route, slices: keepAnswered(route.slices, answered) };
    return { response: mergeByRoute(call, asked, responses), isError: false, ...shards };
  }

  async #askAfter(
    call: DeploymentCall,
    responses: readonly DataRequest[],
  ): Promise<DeploymentAnswer | undefined> {
    const { name, spec } = call.deployment;
    if (spec.merge.kind !== "executor") return undefined;
    const source = [{ executor: name }];
    const parts = responses.map(({ content, parameters }) =>
      call.parts[0]!.with({ content, routes: source, parameters }),
    );
    const sources = responses.map(() => name);
    return this.#askHelper(spec.merge.deployment, { ...call, parts, sources });
  }
}

/** Returns whether documents of the request may lie on shards other than those of their route. */
function canLocate(call: DeploymentCall, route: ShardRoute): route is PlacedRoute {
  const { deployment, endpoint, parts } = call;
  const isPlaced = route.kind === "slices" || (route.kind === "one" && endpoint === PUT_ENDPOINT);
  return (
    isPlaced &&
    deployment.spec.shards > 1 &&
    deployment.endpoint(LOCATE_ENDPOINT).isNamed &&
    endpoint !== LOCATE_ENDPOINT &&
    parts.length === 1 &&
    parts[0]!.documents.length > 0
  );
}

function handlersOf({ deployment, endpoint }: DeploymentCall): Handlers {
  return deployment.endpoint(endpoint).isReplicated ? "primary" : "replicas";
}

function keepAnswered(slices: readonly Slice[], answered: readonly ShardOutcome[]): Slice[] {
  const shards = new Set(answered.map(({ shard }) => shard));
  return slices.filter(({ shard }) => shards.has(shard));
}

function mergeByRoute(
  call: DeploymentCall,
  route: ShardRoute,
  responses: readonly DataRequest[],
): DataRequest {
  switch (route.kind) {
    case "one":
      return responses[0]!;
    case "slices":
      return joinSlices(responses, route.slices);
    case "all":
      return mergeAnswers(responses, call.deployment.merger, call);
    default:
      return assertNever(route);
  }
}
