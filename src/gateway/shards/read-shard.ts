import { JflowError, toJflowError } from "../../model/errors.ts";
import type { TopologyDeployment } from "../../model/topology.ts";
import { hopLoss } from "../../wire/exchange/connect-hop.ts";
import type { WorkerReply } from "../../wire/exchange/messages.ts";
import type { LiveReplica, LiveTopology } from "../hops/live-topology.ts";
import { PATIENCE_MS, remainingMs, shorterMs } from "./deadline.ts";
import type { Caller } from "./deadline.ts";

/** How long to wait before replicas that failed are tried once more. */
const AGAIN_MS = 250;

/** One request to one shard. */
export interface ShardCall {
  readonly deployment: TopologyDeployment;
  readonly shard: number;
  readonly endpoint: string;
  /** One, or several at a join without reduce and in `uses_after`. */
  readonly requests: readonly Uint8Array[];
  /** Of several requests: the deployment each came from. */
  readonly sources?: readonly string[];
  readonly caller: Caller;
}

/** A shard's answer and the replica that gave it. */
export interface ShardReply {
  readonly reply: WorkerReply;
  readonly address: string;
}

/** Whether another replica may be asked: this one is gone or takes no requests now. An executor's exception is an answer. */
export function isElsewhere(error: unknown): boolean {
  return hopLoss(error) !== undefined || (error instanceof JflowError && error.code === "UNAVAILABLE");
}

/** The name of a shard in messages: `indexer/1`, or the deployment alone where there is one shard. */
export function nameShard(call: Pick<ShardCall, "deployment" | "shard">): string {
  return call.deployment.shards === 1 ? call.deployment.name : `${call.deployment.name}/${call.shard}`;
}

/** What failed so far, for the message: each replica once, with its last reason. */
export class Attempts {
  readonly #reasons = new Map<string, string>();
  readonly #tried = new Set<string>();
  count = 0;

  get tried(): ReadonlySet<string> {
    return this.#tried;
  }

  add(replica: LiveReplica, error: unknown): void {
    this.count += 1;
    this.#tried.add(replica.processId);
    this.#reasons.set(replica.address, toJflowError(error).message);
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

/**
 * Asks one replica of a shard, by turns; one that is gone or not in rotation passes the request on to the next not yet tried, and when all were
 * tried, the request waits for one to come. Rejects with `UNAVAILABLE` naming the shard and what was tried, `DEADLINE_EXCEEDED`, `CANCELLED`, or
 * the replica's own refusal.
 */
export async function readShard(live: LiveTopology, call: ShardCall): Promise<ShardReply> {
  const { deployment, shard } = call;
  const attempts = new Attempts();
  const patienceEndMs = Date.now() + PATIENCE_MS;
  const limit = (deployment.retries ?? -1) < 0 ? Infinity : (deployment.retries ?? 0) + 1;
  for (;;) {
    const replica = live.chooseReadable(deployment.name, shard, attempts.tried);
    if (!replica) {
      await waitForReplica(live, call, attempts, patienceEndMs);
      continue;
    }
    try {
      return { reply: await askReplica(replica, call), address: replica.address };
    } catch (error) {
      if (!isElsewhere(error)) throw error;
      attempts.add(replica, error);
      if (attempts.count >= limit) throw giveUp(call, attempts);
    }
  }
}

async function askReplica(replica: LiveReplica, call: ShardCall): Promise<WorkerReply> {
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
  call: ShardCall,
  attempts: Attempts,
  patienceEndMs: number,
): Promise<void> {
  const nowMs = Date.now();
  const leftMs = Math.min(patienceEndMs - nowMs, remainingMs(call.caller, nowMs) ?? Infinity);
  if (leftMs <= 0) throw giveUp(call, attempts);
  await live.waitForChange(Math.min(leftMs, AGAIN_MS), call.caller.signal);
  attempts.forget();
}

function giveUp(call: ShardCall, attempts: Attempts): JflowError {
  return new JflowError("UNAVAILABLE", `no replica of ${nameShard(call)} answered (${attempts.describe()})`);
}
