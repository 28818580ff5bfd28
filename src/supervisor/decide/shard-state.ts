import type { ShardStatus } from "../../model/control/status.ts";
import type { Health } from "../../model/replica.ts";
import type { CopyView, ShardView } from "../../replication/replication.ts";
import type { ReplicaState } from "./lifecycle/replica-state.ts";

/** The facts about one copy, from its shard and its process. */
export interface CopyFacts {
  readonly address: string;
  /** The copy as the shard sees it. */
  readonly view: CopyView;
  /** The state of its process. */
  readonly state: ReplicaState;
  /** The end of the last process, or the reason why it never started. */
  readonly failure: string;
  /** The number of documents; null if the copy did not report it. */
  readonly docs: number | null;
  /** The damage that the copy found at its start: moved data, or a torn tail. */
  readonly notices: readonly string[];
}

export interface ShardFacts {
  readonly address: string;
  readonly view: ShardView;
  readonly copies: readonly CopyFacts[];
  /** Why the supervisor cannot decide for the shard: a disk that takes no data. */
  readonly problem: string | null;
}

/** The reason why a copy is not started and in-sync. */
export type CopyCause =
  /** The process starts and replays its log. */
  | "starting"
  | "ending"
  /** Stopped by the user. */
  | "stopped"
  /** The copy has no process: it ended, failed or is held back. */
  | "gone"
  /** The shard chooses its primary. */
  | "electing"
  /** The copy catches up with the primary. */
  | "recovering"
  /** The shard has no primary, and this copy lost acknowledged records. */
  | "lostRecords"
  /** The shard has no primary, and this copy is outside the in-sync set. */
  | "outsideSet"
  /** The copy holds data of a shard that is not in `state.json`. */
  | "unknownData"
  | "unhealthy";

export interface CopyVerdict {
  /**
   * As in Elasticsearch's `_cat/shards`:
   * https://www.elastic.co/guide/en/elasticsearch/reference/current/cat-shards.html
   */
  readonly state: ShardStatus["state"];
  /** Null for a copy that is as it should be. */
  readonly cause: CopyCause | null;
}

/** A copy is STARTED only if it holds every acknowledged write and the shard has a primary. */
export function judgeCopy({ phase }: ShardView, { view, state }: CopyFacts): CopyVerdict {
  if (view.condition !== "live") return judgeAbsent(view);
  if (phase === "refused") return { state: "UNASSIGNED", cause: "unknownData" };
  if (phase === "red")
    return { state: "UNASSIGNED", cause: view.inSync ? "lostRecords" : "outsideSet" };
  if (phase !== "led") return { state: "INITIALIZING", cause: "electing" };
  if (!view.inSync) return { state: "INITIALIZING", cause: "recovering" };
  return { state: "STARTED", cause: state.name === "unhealthy" ? "unhealthy" : null };
}

function judgeAbsent({ condition }: CopyView): CopyVerdict {
  if (condition === "starting") return { state: "INITIALIZING", cause: "starting" };
  if (condition === "ending" || condition === "stopped")
    return { state: "UNASSIGNED", cause: condition };
  return { state: "UNASSIGNED", cause: "gone" };
}

/**
 * Red: no primary. Yellow: a primary, but a copy is not in-sync or its process does not answer.
 * Green: every planned copy is in-sync and answers, and the set has no other members.
 */
export function judgeShard(shard: ShardFacts): Health {
  if (shard.view.phase !== "led") return "red";
  const isWhole = shard.copies.every((copy) => {
    const { state, cause } = judgeCopy(shard.view, copy);
    return state === "STARTED" && cause === null;
  });
  return isWhole && shard.view.inSync.length === shard.copies.length ? "green" : "yellow";
}

/**
 * The health of replicas without state: red if no replica is ready, yellow if not every replica is
 * ready.
 */
export function judgeReplicas(states: readonly ReplicaState[]): Health {
  const ready = states.filter(({ name }) => name === "ready").length;
  if (ready === 0) return "red";
  return ready === states.length ? "green" : "yellow";
}

const ORDER: readonly Health[] = ["red", "yellow", "green"];

/** Returns the worst; green for an empty list. */
export function worstHealth(all: readonly Health[]): Health {
  return ORDER.find((health) => all.includes(health)) ?? "green";
}
