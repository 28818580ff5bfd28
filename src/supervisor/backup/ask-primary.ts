import type { CopyTask, CopyTaskEnd } from "../../model/shard/backup.ts";
import type { Position } from "../../model/shard/log.ts";
import { JflowError, type ErrorCode } from "../../util/errors.ts";
import { MAX_WAIT_MS } from "../../util/limits/processes.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import { isServing } from "../decide/lifecycle/replica-state.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import type { Shard } from "../shards/shard.ts";

/** The time that a shard may be without a primary. */
const PRIMARY_WITHIN_MS = 60_000;
/** The number of primaries that are asked, one after another. */
const ATTEMPTS = 10;

/** Sends a task to a process. Resolves with undefined if the process does not answer. */
export type AskCopy = (replica: ReplicaProcess, task: CopyTask) => Promise<CopyTaskEnd | undefined>;

/**
 * Sends a task to the primary of a shard, and again to the next primary if the process ends or is
 * not the primary any more. Throws `NOT_READY` if the shard has no primary, and the error of the
 * task.
 */
export async function askPrimary(
  supervisor: FlowSupervisor,
  shard: Shard,
  { task, ask }: { task: CopyTask; ask: AskCopy },
): Promise<Position> {
  let why = "its process ended";
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const primary = await findPrimary(supervisor, shard);
    const end = await Promise.race([ask(primary, task), ended(supervisor, primary)]);
    if (end?.ok) return end.position;
    if (end !== undefined && end.code !== "UNAVAILABLE")
      throw new JflowError(end.code as ErrorCode, `${primary.address}: ${end.message}`);
    why = end?.message ?? `the process of ${primary.address} ended`;
  }
  throw new JflowError("NOT_READY", `${shard.address} has no lasting primary: ${why}`);
}

async function findPrimary(supervisor: FlowSupervisor, shard: Shard): Promise<ReplicaProcess> {
  const find = (): ReplicaProcess | undefined => {
    const { primary } = shard.driver.view;
    return shard.copies.find(
      ({ processId, state }) =>
        primary !== null && primary.processId === processId && isServing(state),
    );
  };
  const isStopping = (): boolean => supervisor.state === "stopping";
  await supervisor.changes.until(() => find() !== undefined || isStopping(), PRIMARY_WITHIN_MS);
  const primary = find();
  if (primary !== undefined && !isStopping()) return primary;
  const why = isStopping() ? "the flow stops" : `run jflow explain ${shard.address}`;
  throw new JflowError("NOT_READY", `${shard.address} has no primary: ${why}`);
}

/** Resolves when the process of a replica has ended. */
async function ended(supervisor: FlowSupervisor, replica: ReplicaProcess): Promise<undefined> {
  const { processId } = replica;
  await supervisor.changes.until(() => replica.processId !== processId, MAX_WAIT_MS);
  return undefined;
}
