import { isWithin, parseAddress } from "../../model/address.ts";
import { JflowError } from "../../util/errors.ts";
import { isSettled, isStoppedByUser } from "../decide/lifecycle/replica-state.ts";
import { stateName } from "../describe/replica-text.ts";
import { helperName } from "../decide/planned-replica.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";

/** How long `jflow stop` waits for the processes to exit. */
const STOPPED_WITHIN_MS = 15_000;

/**
 * Returns the replicas within an address. Throws `NOT_FOUND` with the names that exist,
 * `FAILED_PRECONDITION` for an external replica.
 */
export function findReplicas(supervisor: FlowSupervisor, text: string): readonly ReplicaProcess[] {
  const within = parseAddress(text);
  const found = supervisor.replicas.filter(({ planned }) =>
    isWithin(
      { deployment: helperName(planned), shard: planned.shard, replica: planned.replica },
      within,
    ),
  );
  if (found.length > 0) return found;
  const elsewhere = supervisor.external.all.find(({ deployment, replica }) =>
    isWithin({ deployment, shard: 0, replica }, within),
  );
  if (elsewhere) {
    const { address, target, state } = elsewhere;
    throw new JflowError(
      "FAILED_PRECONDITION",
      `${address} is an external executor at ${target} (${state}): this flow does not run it`,
    );
  }
  const names = [...new Set(supervisor.replicas.map(({ planned }) => helperName(planned)))];
  throw new JflowError("NOT_FOUND", `the flow has no "${text}": it has ${names.join(", ")}`);
}

/** `jflow stop`: resolves with a line for each replica when all are stopped. */
export async function stopReplicas(
  supervisor: FlowSupervisor,
  address: string,
): Promise<readonly string[]> {
  const replicas = findReplicas(supervisor, address);
  await Promise.all(replicas.map(async (replica) => stopReplica(supervisor, replica)));
  const isStopped = (): boolean => replicas.every(({ state }) => isSettled(state));
  await supervisor.changes.until(isStopped, STOPPED_WITHIN_MS);
  return replicas.map(({ address: stopped, state }) => `${stopped} ${stateName(state)}`);
}

async function stopReplica(supervisor: FlowSupervisor, replica: ReplicaProcess): Promise<void> {
  if (isStoppedByUser(replica.state)) return;
  // Before the command to the shard: the exit that follows must not start the replica again.
  replica.wished({ type: "stopRequested" });
  const refused = await supervisor.shards.command(replica, "stop");
  if (refused !== null)
    throw new JflowError("FAILED_PRECONDITION", `cannot stop ${replica.address}: ${refused}`);
}

/**
 * `jflow start`: resolves with a line for each replica. Does not wait until the replicas are ready.
 */
export async function startReplicas(
  supervisor: FlowSupervisor,
  address: string,
): Promise<readonly string[]> {
  const replicas = findReplicas(supervisor, address);
  const lines = replicas.map(async (replica) => startReplica(supervisor, replica));
  return Promise.all(lines);
}

async function startReplica(supervisor: FlowSupervisor, replica: ReplicaProcess): Promise<string> {
  const { address, state } = replica;
  if (!isStoppedByUser(state) && !isSettled(state)) return `${address} runs: ${state.name}`;
  const refused = await supervisor.shards.command(replica, "start");
  if (refused !== null)
    throw new JflowError("FAILED_PRECONDITION", `cannot start ${address}: ${refused}`);
  replica.wished({ type: "startRequested" });
  return `${address} starting`;
}

/**
 * `jflow reroute --allocate-stale`: loses writes, so the user has to confirm with
 * `--accept-data-loss`.
 */
export async function allocateStale(
  supervisor: FlowSupervisor,
  address: string,
  acceptDataLoss: boolean,
): Promise<readonly string[]> {
  const [replica, ...others] = findReplicas(supervisor, address);
  if (others.length > 0)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `--allocate-stale needs the address of one replica, such as ${address.split("/")[0]}/0/1`,
    );
  if (supervisor.shards.of(replica!.planned) === undefined) {
    throw new JflowError("FAILED_PRECONDITION", `${address} keeps no state, so it has no primary`);
  }
  if (!acceptDataLoss) {
    throw new JflowError(
      "FAILED_PRECONDITION",
      `this loses the writes that only other copies hold: add --accept-data-loss to confirm`,
    );
  }
  const refused = await supervisor.shards.command(replica!, "allocateStale");
  if (refused !== null)
    throw new JflowError("FAILED_PRECONDITION", `cannot make ${address} the primary: ${refused}`);
  return [`${address} is the primary: writes that only other copies held are lost`];
}
