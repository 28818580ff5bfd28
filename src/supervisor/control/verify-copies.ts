import { setTimeout as sleep } from "node:timers/promises";
import type { Inspection } from "../../model/control/messages.ts";
import type { VerifyReport } from "../../model/control/status.ts";
import { isServing } from "../decide/lifecycle/replica-state.ts";
import type { ChildAnswers } from "./child-answers.ts";
import type { Shard } from "../shards/shard.ts";
import { VERIFY_QUIET_MS } from "../../util/limits/shards.ts";

type ShardReport = VerifyReport["shards"][number];
type CopyReport = ShardReport["copies"][number];

const AGAIN_MS = 100;

/**
 * Compares the content of all copies of each shard. Copies at different sequence numbers may only
 * be behind, so they are compared again while the numbers change. A copy that does not run or does
 * not answer is not equal. Copies without a primary may agree on less than the acknowledged writes,
 * for example on no data.
 */
export async function verifyCopies(
  shards: readonly Shard[],
  inspections: ChildAnswers<Inspection>,
): Promise<VerifyReport> {
  const reports = await Promise.all(shards.map(async (shard) => verifyShard(shard, inspections)));
  return { equal: reports.every(({ equal, hasPrimary }) => equal && hasPrimary), shards: reports };
}

async function verifyShard(
  shard: Shard,
  inspections: ChildAnswers<Inspection>,
): Promise<ShardReport> {
  const deadline = performance.now() + VERIFY_QUIET_MS;
  let report = await inspectShard(shard, inspections);
  while (!(report.equal && report.hasPrimary) && performance.now() < deadline) {
    await sleep(AGAIN_MS);
    const next = await inspectShard(shard, inspections);
    const moved = seqs(next) !== seqs(report);
    report = next;
    if (!moved && !isCatchingUp(shard)) break;
  }
  return report;
}

/** Returns whether a copy is about to catch up, or the shard chooses its primary. */
function isCatchingUp(shard: Shard): boolean {
  const { phase } = shard.driver.view;
  if (phase === "waiting" || phase === "electing") return true;
  return shard.copies.some(
    ({ state }) =>
      state.name === "starting" || state.name === "recovering" || state.name === "backoff",
  );
}

function seqs(report: ShardReport): string {
  return report.copies.map(({ seq }) => seq ?? "-").join(" ");
}

async function inspectShard(
  shard: Shard,
  inspections: ChildAnswers<Inspection>,
): Promise<ShardReport> {
  const copies = await Promise.all(
    shard.copies.map(async (copy): Promise<CopyReport> => {
      const inspection = isServing(copy.state) ? await inspections.ask(copy) : undefined;
      return { address: copy.address, ...inspection };
    }),
  );
  const hasPrimary = shard.driver.view.primary !== null;
  return { address: shard.address, equal: areEqual(copies), hasPrimary, copies };
}

/** Returns whether all copies answered and have the same content. */
export function areEqual(copies: readonly Partial<Inspection>[]): boolean {
  const [first] = copies;
  if (first?.seq === undefined) return false;
  return copies.every(
    (copy) =>
      copy.seq === first.seq &&
      copy.docs === first.docs &&
      copy.history === first.history &&
      copy.digest === first.digest,
  );
}
