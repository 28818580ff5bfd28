import { JflowError, toJflowError } from "../../util/errors.ts";
import type { TopologyDeployment } from "../../model/topology.ts";
import { connectionLoss } from "../../wire/connection-loss.ts";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import type { LiveReplica, ReplicaReply } from "../topology/live-replica.ts";
import type { LiveTopology } from "../topology/live-topology.ts";
import { PATIENCE_MS, remainingMs, shorterMs, type Caller } from "../routing/deadline.ts";

/** How long to wait before replicas that failed are tried once more. */
const AGAIN_MS = 250;
/** So many processes may die while they have a request before it is suspected of ending them. */
const DEATHS_TO_SUSPECT = 2;

/** One request to one shard. */
export interface ShardCall {
  readonly deployment: TopologyDeployment;
  readonly shard: number;
  readonly endpoint: string;
  /** One, or several at a join without reduce and in `uses_after`. */
  readonly requests: readonly DataRequest[];
  /** Of several requests: the deployment each came from. */
  readonly sources?: readonly string[];
  readonly caller: Caller;
}

/** Whose turn it is, and who waits for it. */
export type ShardTurn = Pick<ShardCall, "deployment" | "shard" | "caller">;

/** A shard's answer and the replica that gave it. */
export interface ShardReply {
  readonly reply: ReplicaReply;
  readonly address: string;
}

/**
 * Whether another replica may be asked: this one is gone or takes no requests now. An executor's
 * exception is an answer.
 */
export function isElsewhere(error: unknown): boolean {
  return (
    connectionLoss(error) !== undefined ||
    (error instanceof JflowError && error.code === "UNAVAILABLE")
  );
}

function isLateError(error: unknown): boolean {
  return error instanceof JflowError && error.code === "DEADLINE_EXCEEDED";
}

/**
 * Whether the next replica is asked: this one is elsewhere, or its own time is over and not that of
 * the caller, who still waits.
 */
function isPassedOn(error: unknown, { deadlineMs }: Caller): boolean {
  return (
    isElsewhere(error) ||
    (isLateError(error) && (deadlineMs === undefined || Date.now() < deadlineMs))
  );
}

/**
 * The name of a shard in messages: `indexer/1`, or the deployment alone where there is one shard.
 */
export function nameShard(call: Pick<ShardCall, "deployment" | "shard">): string {
  return call.deployment.shards === 1
    ? call.deployment.name
    : `${call.deployment.name}/${call.shard}`;
}

/** What failed so far, for the message: each replica once, with its last reason. */
export class Attempts {
  readonly #reasons = new Map<string, string>();
  readonly #tried = new Set<string>();
  /** Processes that were lost while they had the request. */
  readonly #lost = new Set<string>();
  count = 0;
  /**
   * Whether one ran out of the time that a call has: all were tried once, and trying them again
   * would keep all of them busy.
   */
  isLate = false;

  get tried(): ReadonlySet<string> {
    return this.#tried;
  }

  add(replica: LiveReplica, error: unknown): void {
    this.count += 1;
    if (connectionLoss(error) === "maybe") this.#lost.add(replica.processId);
    this.isLate ||= isLateError(error);
    this.#tried.add(replica.processId);
    this.#reasons.set(replica.address, toJflowError(error).message);
  }

  /**
   * How many processes died while they had the request; deaths by the supervisor's hand say nothing
   * about it.
   */
  countDeaths(live: LiveTopology): number {
    const killed = live.topology?.killed ?? [];
    return [...this.#lost].filter((processId) => !killed.includes(processId)).length;
  }

  /** Lets every replica be tried again. */
  forget(): void {
    this.#tried.clear();
  }

  get lastAddress(): string | undefined {
    return [...this.#reasons.keys()].at(-1);
  }

  describe(): string {
    if (this.#reasons.size === 0) return "none was ready";
    return `tried ${[...this.#reasons].map(([address, reason]) => `${address}: ${reason}`).join("; ")}`;
  }
}

/** Asks one replica of a shard, by the rules of `askByTurns`. */
export async function readShard(live: LiveTopology, call: ShardCall): Promise<ShardReply> {
  return askByTurns(live, call, async (replica) => ({
    reply: await askReplica(replica, call),
    address: replica.address,
  }));
}

/**
 * Asks one replica of a shard, by turns; one that is gone, not in rotation or late passes the
 * request on to the next not yet tried, as in Jina. When all were tried and none was late, the
 * request waits for one to come. Requests that were in flight when two processes died go one at a
 * time, since one of them may be what ended the processes: a third death answers it. Rejects with
 * `UNAVAILABLE` naming the shard and what was tried, `EXECUTOR_FAILED` for a request that ends
 * processes, `DEADLINE_EXCEEDED`, `CANCELLED`, or the replica's own refusal.
 */
export async function askByTurns<T>(
  live: LiveTopology,
  call: ShardTurn,
  ask: (replica: LiveReplica) => Promise<T>,
): Promise<T> {
  const { deployment, shard } = call;
  const attempts = new Attempts();
  const patienceEndMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const isSuspect = attempts.countDeaths(live) >= DEATHS_TO_SUSPECT;
    const tried = await (isSuspect
      ? live.suspects(deployment.name, shard).run(async () => tryOne(live, call, attempts, ask))
      : tryOne(live, call, attempts, ask));
    if (typeof tried === "object") return tried.answer;
    if (tried === "failed") continue;
    if (attempts.isLate) throw giveUp(call, attempts);
    await waitForReplica(live, call, attempts, patienceEndMs);
  }
}

/**
 * Asks the replica whose turn it is: its answer, or whether there was none to ask, or the next one
 * is to be asked.
 */
async function tryOne<T>(
  live: LiveTopology,
  call: ShardTurn,
  attempts: Attempts,
  ask: (replica: LiveReplica) => Promise<T>,
): Promise<{ readonly answer: T } | "none" | "failed"> {
  const replica = live.chooseReadable(call.deployment.name, call.shard, attempts.tried);
  if (!replica) return "none";
  try {
    return { answer: await ask(replica) };
  } catch (error) {
    if (!isPassedOn(error, call.caller)) throw error;
    attempts.add(replica, error);
    const deaths = attempts.countDeaths(live);
    if (deaths > DEATHS_TO_SUSPECT) throw blame(call, attempts, deaths);
    if (attempts.count >= limitAttempts(call.deployment)) throw giveUp(call, attempts);
    return "failed";
  }
}

function limitAttempts({ retries = -1 }: TopologyDeployment): number {
  return retries < 0 ? Infinity : retries + 1;
}

async function askReplica(replica: LiveReplica, call: ShardCall): Promise<ReplicaReply> {
  const { endpoint, requests, sources, caller } = call;
  const timeoutMs = shorterMs(remainingMs(caller, Date.now()), call.deployment.timeoutSendMs);
  const request = {
    endpoint,
    requests,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(sources === undefined ? {} : { deployments: sources }),
  };
  return replica.call(request, caller.signal);
}

async function waitForReplica(
  live: LiveTopology,
  call: ShardTurn,
  attempts: Attempts,
  patienceEndMs: number,
): Promise<void> {
  const nowMs = Date.now();
  const leftMs = Math.min(patienceEndMs - nowMs, remainingMs(call.caller, nowMs) ?? Infinity);
  if (leftMs <= 0) throw giveUp(call, attempts);
  await live.waitForChange(Math.min(leftMs, AGAIN_MS), call.caller.signal);
  attempts.forget();
}

function blame(call: ShardTurn, attempts: Attempts, deaths: number): JflowError {
  return new JflowError(
    "EXECUTOR_FAILED",
    `this request ends the process: ${nameShard(call)} died ${deaths} times at it (${attempts.describe()})`,
  );
}

function giveUp(call: ShardTurn, attempts: Attempts): JflowError {
  const code = attempts.isLate ? "DEADLINE_EXCEEDED" : "UNAVAILABLE";
  return new JflowError(code, `no replica of ${nameShard(call)} answered (${attempts.describe()})`);
}
