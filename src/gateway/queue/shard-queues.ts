import { JflowError } from "../../util/errors.ts";
import { countOf } from "../../util/text/count-of.ts";
import type { QueueLength } from "../observe/gateway-families.ts";
import { nameShard, type ShardTurn } from "../routing/shard-call.ts";
import type { LiveTopology } from "../topology/live-topology.ts";
import { RequestQueue, type QueueBounds } from "./request-queue.ts";

/** The replicas that may handle a request: any of the shard, or its primary. */
export type Handlers = "replicas" | "primary";

interface OpenQueue {
  readonly queue: RequestQueue;
  readonly turn: Pick<ShardTurn, "deployment" | "shard">;
  readonly handlers: Handlers;
}

/**
 * The queues of shards whose deployment sets `max_in_flight`. Reads and writes of a shard have a
 * queue each, because only the primary takes writes.
 */
export class ShardQueues {
  readonly #live: LiveTopology;
  readonly #queues = new Map<string, OpenQueue>();

  constructor(live: LiveTopology) {
    this.#live = live;
    live.changes.onChange(() => this.#followTopology());
  }

  /**
   * Throws `OVERLOADED` if one of the shards has no room for a further request. A request to
   * several shards is refused before any of them receives it.
   */
  check(turns: readonly Pick<ShardTurn, "deployment" | "shard">[], handlers: Handlers): void {
    for (const turn of turns) {
      const bounds = this.#boundsOf(turn, handlers);
      if (bounds && this.#queueOf(turn, handlers).isFull(bounds)) throw overloaded(turn, bounds);
    }
  }

  /** Runs `task` when the shard has room for the request. See `RequestQueue.enter`. */
  async run<T>(turn: ShardTurn, handlers: Handlers, task: () => Promise<T>): Promise<T> {
    if (turn.deployment.spec.maxInFlight === undefined) return task();
    const leave = await this.enter(turn, handlers);
    try {
      return await task();
    } finally {
      leave();
    }
  }

  /** Resolves when the shard has room for the request, with a function that its end calls once. */
  async enter(turn: ShardTurn, handlers: Handlers): Promise<() => void> {
    const bounds = this.#boundsOf(turn, handlers);
    if (bounds === undefined) return () => undefined;
    return this.#queueOf(turn, handlers).enter(bounds.capacity, turn.caller);
  }

  /** The requests that wait, by queue. */
  get lengths(): readonly QueueLength[] {
    return [...this.#queues.values()].map(({ queue, turn: { deployment, shard }, handlers }) => ({
      deployment: deployment.name,
      shard,
      handlers,
      length: queue.length,
    }));
  }

  #boundsOf(
    { deployment, shard }: Pick<ShardTurn, "deployment" | "shard">,
    handlers: Handlers,
  ): QueueBounds | undefined {
    const { maxInFlight, maxQueued } = deployment.spec;
    if (maxInFlight === undefined) return undefined;
    const { readable } = this.#live.shard(deployment.name, shard);
    // Requests to a shard without a replica wait for one as they do without bounds.
    const count = handlers === "primary" ? 1 : Math.max(1, readable.length);
    return { capacity: count * maxInFlight, maxQueued };
  }

  #queueOf(turn: Pick<ShardTurn, "deployment" | "shard">, handlers: Handlers): RequestQueue {
    const key = `${turn.deployment.name}/${turn.shard}/${handlers}`;
    const { deployment, shard } = turn;
    const open = this.#queues.get(key) ?? {
      queue: new RequestQueue(),
      turn: { deployment, shard },
      handlers,
    };
    this.#queues.set(key, open);
    return open.queue;
  }

  #followTopology(): void {
    for (const { queue, turn, handlers } of this.#queues.values()) {
      const deployment = this.#live.facts.deployment(turn.deployment.name);
      if (!deployment) continue;
      const bounds = this.#boundsOf({ ...turn, deployment }, handlers);
      queue.resize(bounds?.capacity ?? Number.POSITIVE_INFINITY);
    }
  }
}

function overloaded(
  turn: Pick<ShardTurn, "deployment" | "shard">,
  { capacity, maxQueued }: QueueBounds,
): JflowError {
  return new JflowError(
    "OVERLOADED",
    `${nameShard(turn)} has ${countOf(capacity, "request")} in flight (max_in_flight) and ${maxQueued} in its queue (max_queued): try again later`,
  );
}
