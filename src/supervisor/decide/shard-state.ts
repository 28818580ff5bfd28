import type { ShardStatus } from "../../model/control.ts";
import type { Health } from "../../model/replica.ts";
import type { CopyView, ShardView } from "../../replication/replication.ts";
import type { ReplicaState } from "./lifecycle/replica-state.ts";

/** One copy as its shard and as its process see it. */
export interface CopyFacts {
  readonly address: string;
  /** How the shard sees it. */
  readonly view: CopyView;
  /** Where its process stands. */
  readonly state: ReplicaState;
  /** How its last process ended, or why it never started. */
  readonly failure: string;
  /** Documents it holds; null where it did not say. */
  readonly docs: number | null;
  /** What it found at its start: damage that was moved aside, a torn tail. */
  readonly notices: readonly string[];
}

export interface ShardFacts {
  readonly address: string;
  readonly view: ShardView;
  readonly copies: readonly CopyFacts[];
  /** What keeps the supervisor from deciding for it: a disk that takes nothing. */
  readonly problem: string | null;
}

/** Why a copy is not as it should be. */
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
  /** The copy holds data of a shard that `state.json` does not name. */
  | "unknownData"
  | "unhealthy";

export interface CopyVerdict {
  /**
   * As in Elasticsearch's `_cat/shards`:
   * https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-cat-shards
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
 * Red: no primary. Yellow: a primary, but not all copies in-sync. Green: every planned copy is
 * in-sync, and nothing else is waited for.
 */
export function judgeShard(shard: ShardFacts): Health {
  if (shard.view.phase !== "led") return "red";
  const isWhole = shard.copies.every((copy) => judgeCopy(shard.view, copy).state === "STARTED");
  return isWhole && shard.view.inSync.length === shard.copies.length ? "green" : "yellow";
}

/**
 * The same for replicas without state: red where nobody answers, yellow where not everybody does.
 */
export function judgeReplicas(states: readonly ReplicaState[]): Health {
  const ready = states.filter(({ name }) => name === "ready").length;
  if (ready === 0) return "red";
  return ready === states.length ? "green" : "yellow";
}

const ORDER: readonly Health[] = ["red", "yellow", "green"];

/** The worst decides; nothing is green. */
export function worstHealth(all: readonly Health[]): Health {
  return ORDER.find((health) => all.includes(health)) ?? "green";
}
