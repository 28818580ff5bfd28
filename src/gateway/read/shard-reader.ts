import { JflowError } from "../../util/errors.ts";
import { SerialQueue } from "../../util/serial-queue.ts";
import { Cursors } from "./cursors.ts";
import { remainingMs, shorterMs, type Caller } from "../routing/deadline.ts";
import {
  isUnavailable,
  nameShard,
  type ShardCall,
  type ShardReply,
  type ShardTurn,
} from "../routing/shard-call.ts";
import type { LiveReplica, ReplicaReply } from "../topology/live-replica.ts";
import type { LiveTopology } from "../topology/live-topology.ts";
import { Attempts, isDeadlineError } from "./attempts.ts";
import {
  DEATHS_TO_SUSPECT_REQUEST,
  READ_RETRY_MS,
  REPLICA_WAIT_MS,
} from "../../util/limits/requests.ts";

type Ask<T> = (replica: LiveReplica) => Promise<T>;

/** Asks the replicas of shards by turns. */
export class ShardReader {
  readonly #live: LiveTopology;
  readonly #cursors = new Cursors();
  /** Requests that may have crashed the processes of a shard wait here, and run one at a time. */
  readonly #suspects = new Map<string, SerialQueue>();

  constructor(live: LiveTopology) {
    this.#live = live;
  }

  /** Asks one replica of a shard, by the rules of `askByTurns`. */
  async read(call: ShardCall): Promise<ShardReply> {
    return this.askByTurns(call, async (replica) => ({
      reply: await askReplica(replica, call),
      address: replica.address,
    }));
  }

  /**
   * Asks the replica whose turn it is. If that replica is gone, out of rotation or late, the next
   * untried replica is asked, as in Jina. If all replicas were tried and no replica was late, the
   * request waits for a change.
   *
   * Requests that were in flight when two processes died are sent one at a time, because one of
   * them may have crashed the processes. A request that is in flight at a third death fails.
   *
   * Rejects with `UNAVAILABLE`, with the shard and the tried replicas in the message,
   * `EXECUTOR_FAILED` for a request that crashes processes, `DEADLINE_EXCEEDED`, `CANCELLED`, or
   * the replica's own refusal.
   */
  async askByTurns<T>(turn: ShardTurn, ask: Ask<T>): Promise<T> {
    const attempts = new Attempts();
    const patienceEndMs = Date.now() + REPLICA_WAIT_MS;
    for (;;) {
      const isSuspect = attempts.countDeaths(this.#live.facts.killed) >= DEATHS_TO_SUSPECT_REQUEST;
      const tried = await (isSuspect
        ? this.#suspectsOf(turn).run(async () => this.#tryOne(turn, attempts, ask))
        : this.#tryOne(turn, attempts, ask));
      if (typeof tried === "object") return tried.answer;
      if (tried === "failed") continue;
      if (attempts.isLate) throw giveUp(turn, attempts);
      await this.#waitForReplica(turn, attempts, patienceEndMs);
    }
  }

  /** Returns the answer; `none` if no replica is left to ask, `failed` if the next may be. */
  async #tryOne<T>(
    turn: ShardTurn,
    attempts: Attempts,
    ask: Ask<T>,
  ): Promise<{ readonly answer: T } | "none" | "failed"> {
    const { deployment, shard } = turn;
    const { readable } = this.#live.shard(deployment.name, shard);
    const { balancing, maxInFlight = Number.POSITIVE_INFINITY } = deployment.spec;
    const { tried } = attempts;
    const input = { balancing, tried, maxInFlight };
    const replica = this.#cursors.choose(nameShard(turn), readable, input);
    if (!replica) return "none";
    try {
      return { answer: await ask(replica) };
    } catch (error) {
      if (!isPassedOn(error, turn.caller)) throw error;
      attempts.add(replica, error);
      const deaths = attempts.countDeaths(this.#live.facts.killed);
      if (deaths > DEATHS_TO_SUSPECT_REQUEST) throw blame(turn, attempts, deaths);
      const { retries = -1 } = deployment.spec;
      if (retries >= 0 && attempts.count > retries) throw giveUp(turn, attempts);
      return "failed";
    }
  }

  async #waitForReplica(turn: ShardTurn, attempts: Attempts, patienceEndMs: number): Promise<void> {
    const nowMs = Date.now();
    const leftMs = Math.min(patienceEndMs - nowMs, remainingMs(turn.caller, nowMs) ?? Infinity);
    if (leftMs <= 0) throw giveUp(turn, attempts);
    await this.#live.changes.wait(Math.min(leftMs, READ_RETRY_MS), turn.caller.signal);
    attempts.forget();
  }

  #suspectsOf(turn: ShardTurn): SerialQueue {
    const name = nameShard(turn);
    const queue = this.#suspects.get(name) ?? new SerialQueue();
    this.#suspects.set(name, queue);
    return queue;
  }
}

/**
 * Returns whether the next replica is asked: this one is unavailable, or it exceeded its own time
 * while the caller still waits.
 */
function isPassedOn(error: unknown, { deadlineMs }: Caller): boolean {
  return (
    isUnavailable(error) ||
    (isDeadlineError(error) && (deadlineMs === undefined || Date.now() < deadlineMs))
  );
}

async function askReplica(replica: LiveReplica, call: ShardCall): Promise<ReplicaReply> {
  const { endpoint, requests, sources, caller, deployment } = call;
  const timeoutMs = shorterMs(remainingMs(caller, Date.now()), deployment.spec.timeoutSendMs);
  const request = {
    endpoint,
    requests,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(sources === undefined ? {} : { deployments: sources }),
  };
  return replica.call(request, caller);
}

function blame(turn: ShardTurn, attempts: Attempts, deaths: number): JflowError {
  return new JflowError(
    "EXECUTOR_FAILED",
    `this request probably crashes its executor: ${nameShard(turn)} died ${deaths} times while it handled the request (${attempts.describe()})`,
  );
}

function giveUp(turn: ShardTurn, attempts: Attempts): JflowError {
  const code = attempts.isLate ? "DEADLINE_EXCEEDED" : "UNAVAILABLE";
  return new JflowError(code, `no replica of ${nameShard(turn)} answered (${attempts.describe()})`);
}
