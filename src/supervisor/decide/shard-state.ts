import type { ShardStatus } from "../../model/control.ts";
import type { Health } from "../../model/replica.ts";
import type { CopyView, ShardView } from "../../replication/replication.ts";
import { countOf } from "../../util/text/count-of.ts";
import { describeState, isFailed, isServing, type ReplicaState } from "./replica-state.ts";

/** Elasticsearch's words for where a copy stands. */
export type CopyState = ShardStatus["state"];

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

export interface CopyVerdict {
  readonly state: CopyState;
  /** A sentence on why; null for a copy that is as it should be. */
  readonly reason: string | null;
}

/**
 * Where a copy stands in its shard: STARTED only if it holds every acknowledged write and there is
 * a primary.
 */
export function judgeCopy(shard: ShardView, copy: CopyFacts): CopyVerdict {
  if (copy.view.condition !== "live") return judgeAbsent(copy);
  if (shard.phase === "red" || shard.phase === "refused")
    return { state: "UNASSIGNED", reason: whyUnled(shard, copy) };
  if (shard.phase !== "led")
    return { state: "INITIALIZING", reason: "the shard chooses its primary" };
  if (!copy.view.inSync) return { state: "INITIALIZING", reason: "it catches up with the primary" };
  const isUnhealthy = copy.state.name === "unhealthy";
  return { state: "STARTED", reason: isUnhealthy ? describeState(copy.state) : null };
}

function judgeAbsent(copy: CopyFacts): CopyVerdict {
  const { condition } = copy.view;
  if (condition === "starting")
    return { state: "INITIALIZING", reason: "its process starts and replays its log" };
  if (condition === "ending") return { state: "UNASSIGNED", reason: describeState(copy.state) };
  return {
    state: "UNASSIGNED",
    reason: condition === "stopped" ? "stopped by the user" : whyGone(copy),
  };
}

function whyGone({ state, failure }: CopyFacts): string {
  if (isFailed(state)) return state.reason;
  if (state.name === "backoff") return `its process ${failure}; it is started again by itself`;
  return state.name === "pending" ? "its process is not started yet" : describeState(state);
}

function whyUnled(shard: ShardView, copy: CopyFacts): string {
  if (shard.phase === "refused")
    return "state.json knows nothing of this shard, but a copy holds data";
  if (copy.view.inSync) return "it lost records that were acknowledged, so it may not lead";
  return "it is not in the in-sync set, so it may lack acknowledged writes";
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

/** Why a shard is not green, in one sentence; null for one that is. */
export function explainHealth(shard: ShardFacts): string | null {
  const health = judgeShard(shard);
  if (health === "green") return null;
  if (health === "red") return whyRed(shard);
  const lagging = shard.copies.flatMap((copy) => {
    const { state, reason } = judgeCopy(shard.view, copy);
    return state === "STARTED" ? [] : [`${copy.address} ${state}: ${reason ?? "no reason known"}`];
  });
  return lagging.length === 0
    ? "a copy that is gone is still in the in-sync set: the primary is about to strike it"
    : lagging.join("; ");
}

function whyRed({ view, copies, problem }: ShardFacts): string {
  if (problem !== null) return problem;
  if (view.phase === "waiting")
    return "it waits, 10 s at most, for all in-sync copies to come back before one of them leads";
  if (view.phase === "refused") {
    return "state.json knows nothing of this shard, but a copy holds data: whose, and whether all of it, nobody can say";
  }
  if (view.phase !== "red") return "it chooses its primary";
  const missing = copies
    .filter((copy) => copy.view.inSync && !isServing(copy.state))
    .map(({ address }) => address);
  const whose = missing.length === 0 ? "" : ` (${missing.join(", ")})`;
  return `none of the ${view.inSync.length} in-sync copies${whose} is there, and no other may lead: it may lack acknowledged writes`;
}

/** For `jflow explain`: why a copy is where it is, and what would change it. */
export function explainCopy(shard: ShardFacts, copy: CopyFacts): readonly string[] {
  const { state, reason } = judgeCopy(shard.view, copy);
  const isPrimary =
    shard.view.primary !== null && shard.view.primary.processId === copy.view.processId;
  const role = isPrimary ? `primary under term ${shard.view.term}` : "replica";
  const set = copy.view.inSync ? "in the in-sync set" : "not in the in-sync set";
  return [
    `${copy.address}: ${state}, ${role}, ${set}${reason === null ? "" : `: ${reason}`}`,
    ...[...tellContent(shard, copy), ...waysOut(shard, copy)].map((line) => `  ${line}`),
  ];
}

function isUnled({ view }: ShardFacts, copy: CopyFacts): boolean {
  return (view.phase === "red" || view.phase === "refused") && copy.view.condition === "live";
}

/**
 * What the user would go on with: whoever decides for a copy must know that it is empty, or where
 * its damaged files lie.
 */
function tellContent(shard: ShardFacts, copy: CopyFacts): readonly string[] {
  if (!isUnled(shard, copy)) return [];
  const held = copy.docs === null ? [] : [`it holds ${countOf(copy.docs, "document")}`];
  return [...copy.notices.map((notice) => `at its start: ${notice}`), ...held];
}

function waysOut(shard: ShardFacts, copy: CopyFacts): readonly string[] {
  const { view } = shard;
  const { address } = copy;
  const ways: string[] = [];
  if (copy.view.condition === "stopped" || isFailed(copy.state))
    ways.push(`jflow start ${address} starts it again`);
  if (copy.view.condition === "held")
    ways.push(
      "or wait: when the primary has a snapshot beyond that record, it is restored from it by itself",
    );
  if (isUnled(shard, copy)) {
    ways.push(
      `jflow reroute --allocate-stale ${address} --accept-data-loss makes it the primary: what only other copies hold is lost`,
    );
  }
  if (view.phase === "refused")
    ways.push(
      "or stop the flow and put state.json back from a backup, or move the workspaces away to start empty",
    );
  return ways;
}
