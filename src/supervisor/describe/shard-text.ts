import { countOf } from "../../util/text/count-of.ts";
import { isFailed, isServing } from "../decide/lifecycle/replica-state.ts";
import {
  judgeCopy,
  judgeShard,
  type CopyCause,
  type CopyFacts,
  type ShardFacts,
} from "../decide/shard-state.ts";
import { describeState } from "./replica-text.ts";

/** A sentence on why a copy is not as it should be; null for a copy without a cause. */
export function describeCause(copy: CopyFacts, cause: CopyCause | null): string | null {
  if (cause === null) return null;
  if (cause === "gone") return whyGone(copy);
  return cause === "ending" || cause === "unhealthy" ? describeState(copy.state) : CAUSES[cause];
}

const CAUSES: Readonly<Record<Exclude<CopyCause, "ending" | "unhealthy" | "gone">, string>> = {
  starting: "the process starts and replays its log",
  stopped: "stopped by the user",
  electing: "the shard chooses its primary",
  recovering: "the copy catches up with the primary",
  lostRecords: "the copy lost acknowledged records, so it cannot become the primary",
  outsideSet: "the copy may lack acknowledged writes, so it cannot become the primary",
  unknownData: "the copy holds data, but state.json does not list the shard",
};

function whyGone({ state, failure }: CopyFacts): string {
  if (isFailed(state)) return state.reason;
  if (state.name === "backoff") return `the process ended: ${failure}; the supervisor restarts it`;
  return state.name === "pending" ? "the process is not started yet" : describeState(state);
}

/** A sentence on why a shard is not green; null for a green shard. */
export function explainHealth(shard: ShardFacts): string | null {
  const health = judgeShard(shard);
  if (health === "green") return null;
  if (health === "red") return whyRed(shard);
  const lagging = shard.copies.flatMap((copy) => {
    const { state, cause } = judgeCopy(shard.view, copy);
    const reason = describeCause(copy, cause) ?? "no reason known";
    return state === "STARTED" && cause === null ? [] : [`${copy.address} ${state}: ${reason}`];
  });
  return lagging.length === 0
    ? "a copy that does not run is still in the in-sync set: the primary is about to remove it"
    : lagging.join("; ");
}

function whyRed({ address: shard, view, copies, problem }: ShardFacts): string {
  if (problem !== null) return problem;
  if (view.phase === "waiting")
    return "the shard waits up to 10 s for all in-sync copies before it chooses a primary";
  if (view.phase === "refused") {
    return "a copy holds data, but state.json does not list the shard: the data may be incomplete";
  }
  if (view.phase !== "red") return "the shard chooses its primary";
  const planned = copies
    .filter((copy) => copy.view.inSync && !isServing(copy.state))
    .map(({ address }) => address);
  const missing = [...planned, ...view.needed.map((replica) => `${shard}/${replica}`)];
  const missed = missing.length === 0 ? "" : ` (missing: ${missing.join(", ")})`;
  return `no in-sync copy is available${missed}: other copies may lack acknowledged writes, so they cannot become the primary${hintAtScale(shard, view)}`;
}

/** The only in-sync copies belong to replicas that are not planned. */
function hintAtScale(shard: string, { needed }: ShardFacts["view"]): string {
  if (needed.length === 0) return "";
  const [deployment] = shard.split("/", 1);
  return `. jflow scale ${deployment}=${Math.max(...needed) + 1} starts the missing replicas`;
}

/** For `jflow explain`: the state of a copy, its reason and what changes it. */
export function explainCopy(shard: ShardFacts, copy: CopyFacts): readonly string[] {
  const { state, cause } = judgeCopy(shard.view, copy);
  const reason = describeCause(copy, cause);
  const isPrimary =
    shard.view.primary !== null && shard.view.primary.processId === copy.view.processId;
  const role = isPrimary ? `primary under term ${shard.view.term}` : "replica";
  const set = copy.view.inSync ? "in the in-sync set" : "not in the in-sync set";
  return [
    `${copy.address}: ${state}, ${role}, ${set}${reason === null ? "" : `: ${reason}`}`,
    ...[...describeContent(shard, copy), ...listRemedies(shard, copy)].map((line) => `  ${line}`),
  ];
}

function isLeaderless({ view }: ShardFacts, copy: CopyFacts): boolean {
  return (view.phase === "red" || view.phase === "refused") && copy.view.condition === "live";
}

/**
 * Describes the data of a copy. Before the user chooses a copy, the text must show whether the copy
 * is empty and where its damaged files are.
 */
function describeContent(shard: ShardFacts, copy: CopyFacts): readonly string[] {
  if (!isLeaderless(shard, copy)) return [];
  const held = copy.docs === null ? [] : [`the copy holds ${countOf(copy.docs, "document")}`];
  return [...copy.notices.map((notice) => `found at its start: ${notice}`), ...held];
}

function listRemedies(shard: ShardFacts, copy: CopyFacts): readonly string[] {
  const { view } = shard;
  const { address } = copy;
  const ways: string[] = [];
  if (copy.view.condition === "stopped" || isFailed(copy.state))
    ways.push(`jflow start ${address} starts the copy again`);
  if (copy.view.condition === "held")
    ways.push("or wait: the copy is restored when the primary has a snapshot beyond that record");
  if (isLeaderless(shard, copy)) {
    ways.push(
      `jflow reroute --allocate-stale ${address} --accept-data-loss makes the copy the primary and loses the writes that only other copies hold`,
    );
  }
  if (view.phase === "refused")
    ways.push(
      "or stop the flow and restore state.json from a backup, or move the workspaces away to start without data",
    );
  return ways;
}
