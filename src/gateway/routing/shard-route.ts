import type { Polling } from "../../model/polling.ts";
import { shardOfKey } from "../../model/shard/routing.ts";

/**
 * The documents of one request that belong to one shard, by their positions in the request, in
 * order.
 */
export interface Slice {
  readonly shard: number;
  readonly positions: readonly number[];
}

/** The shards that a request goes to, and the part that each of them gets. */
export type ShardRoute =
  /** One shard gets the whole request. */
  | { readonly kind: "one"; readonly shard: number }
  /** Every shard gets the whole request. */
  | { readonly kind: "all" }
  /**
   * Each document goes to its own shard; shards without a document are not asked. Sorted by shard.
   */
  | { readonly kind: "slices"; readonly slices: readonly Slice[] };

/** The facts that decide a route. */
export interface RouteQuestion {
  readonly shards: number;
  readonly routingShards: number;
  readonly polling: Polling;
  /** Whether the endpoint changes state. */
  readonly isWrite: boolean;
  /** `parameters.routing`. */
  readonly routingKey?: string | undefined;
  /** The number of earlier requests that this deployment routed by `ANY`. */
  readonly turn: number;
  readonly documents: number;
  /**
   * The routing key of the document at `position`: its `tags._routing`, else its id. Called only if
   * the key decides the route.
   */
  keyAt(position: number): string;
}

/**
 * Decides the shards of a request (`ANY` one in turn from shard 0, `ALL`, `HASH` each document its
 * own). A request with a routing key asks that key's shard alone, except a write polled `ALL`,
 * whose documents may be on any shard. `HASH` without documents asks every shard.
 */
export function planRoute(question: RouteQuestion): ShardRoute {
  const { shards, routingShards, polling, routingKey } = question;
  if (shards === 1) return { kind: "one", shard: 0 };
  if (polling === "ANY") return { kind: "one", shard: question.turn % shards };
  if (routingKey !== undefined && (polling === "HASH" || !question.isWrite)) {
    return { kind: "one", shard: shardOfKey(routingKey, shards, routingShards) };
  }
  if (polling === "ALL" || question.documents === 0) return { kind: "all" };
  return { kind: "slices", slices: sliceByShard(question) };
}

function sliceByShard(question: RouteQuestion): Slice[] {
  const positions: number[][] = Array.from({ length: question.shards }, () => []);
  for (let position = 0; position < question.documents; position++) {
    positions[shardOfKey(question.keyAt(position), question.shards, question.routingShards)]!.push(
      position,
    );
  }
  return positions
    .map((of, shard) => ({ shard, positions: of }))
    .filter((slice) => slice.positions.length > 0);
}

/**
 * Orders the answers to slices: in the order of the request if every slice returned as many
 * documents as it received, else by shard. `answers[i]` belongs to `slices[i]`.
 */
export function orderAnswers<T>(slices: readonly Slice[], answers: readonly (readonly T[])[]): T[] {
  const isWhole = slices.every((slice, i) => answers[i]!.length === slice.positions.length);
  if (!isWhole) return answers.flat();
  const ordered: T[] = [];
  slices.forEach((slice, i) =>
    slice.positions.forEach((position, j) => (ordered[position] = answers[i]![j]!)),
  );
  return ordered.filter((answer) => answer !== undefined);
}
