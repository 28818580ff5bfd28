import { isWithin, parseAddress } from "../../../model/address.ts";
import type { FlowState } from "../../../model/control/flow-state.ts";
import type { Health } from "../../../model/replica.ts";
import { JflowError } from "../../../util/errors.ts";
import { assertNever } from "../../../util/unreachable.ts";

/** The state that `jflow wait` waits for. */
export type WaitCondition = "ready" | "green" | "yellow" | "stopped";

/** A replica, a shard or the flow that is not as awaited. */
interface Late {
  readonly address: string;
  /** Null if only the state of the replica is known. */
  readonly reason: string | null;
}

/** `failed`: only a further command can make a replica ready. */
interface WaitVerdict {
  readonly is: "met" | "waiting" | "failed";
  readonly late: readonly Late[];
}

/** The parts of the state of a flow that decide. */
export type WaitState = {
  readonly flow: Pick<FlowState["flow"], "name" | "state">;
  readonly replicas: readonly Pick<
    FlowState["replicas"][number],
    "address" | "executor" | "state" | "ready"
  >[];
  readonly shards: readonly Pick<FlowState["shards"][number], "address" | "status" | "reason">[];
};

const RANK: Readonly<Record<Health, number>> = { red: 0, yellow: 1, green: 2 };

/**
 * Checks the addresses of `jflow wait` against the flow. A replica that was removed counts as
 * stopped, so for `stopped` the executor must exist. Throws `NOT_FOUND`, and `INVALID_ARGUMENT`
 * for a replica as the address of a health.
 */
export function checkWait(
  condition: WaitCondition,
  addresses: readonly string[],
  { replicas }: WaitState,
): void {
  const isHealth = condition === "green" || condition === "yellow";
  for (const address of addresses) {
    const { deployment, replica } = parseAddress(address);
    if (isHealth && replica !== undefined)
      throw new JflowError(
        "INVALID_ARGUMENT",
        `only shards are ${condition}, and ${address} is a replica: wait for ${address.replace(/\/\d+$/, "")}, or for ready`,
      );
    // A replica that was removed has stopped.
    const needed = condition === "stopped" ? deployment : address;
    if (replicas.some((row) => isIn(row.address, [needed]))) continue;
    const names = [...new Set(replicas.map(({ executor }) => executor))].join(", ");
    throw new JflowError("NOT_FOUND", `the flow has no address ${address}: it has ${names}`);
  }
}

/** Decides whether the addresses are as awaited. No address means the whole flow. */
export function judgeWait(
  condition: WaitCondition,
  addresses: readonly string[],
  state: WaitState,
): WaitVerdict {
  const late = listLate(condition, addresses, state);
  if (late.length === 0) return { is: "met", late };
  const needsAll = condition === "ready" || condition === "green";
  const failed = state.replicas.filter(
    (row) => row.state === "failed" && isIn(row.address, addresses),
  );
  return { is: needsAll && failed.length > 0 ? "failed" : "waiting", late };
}

function listLate(
  condition: WaitCondition,
  addresses: readonly string[],
  state: WaitState,
): readonly Late[] {
  switch (condition) {
    case "stopped":
      return replicasIn(state, addresses)
        .filter((row) => row.state !== "stopped")
        .map(lateReplica);
    case "ready":
      return listUnready(addresses, state);
    case "green":
    case "yellow":
      return state.shards
        .filter(({ address, status }) => isIn(address, addresses) && RANK[status] < RANK[condition])
        .map(lateShard);
    default:
      return assertNever(condition);
  }
}

function listUnready(addresses: readonly string[], state: WaitState): readonly Late[] {
  const late = [
    ...replicasIn(state, addresses)
      .filter(({ ready }) => !ready)
      .map(lateReplica),
    ...addresses
      .filter((address) => replicasIn(state, [address]).length === 0)
      .map((address) => ({ address, reason: "removed from the flow" })),
  ];
  const { name, state: flowState } = state.flow;
  const isStarting = late.length === 0 && addresses.length === 0 && flowState !== "ready";
  return isStarting ? [{ address: name, reason: flowState }] : late;
}

function replicasIn({ replicas }: WaitState, addresses: readonly string[]): WaitState["replicas"] {
  return replicas.filter(({ address }) => isIn(address, addresses));
}

function lateShard({ address, status, reason }: WaitState["shards"][number]): Late {
  return { address, reason: reason === null ? status : `${status}: ${reason}` };
}

function lateReplica({ address }: { readonly address: string }): Late {
  return { address, reason: null };
}

function isIn(address: string, wanted: readonly string[]): boolean {
  return (
    wanted.length === 0 ||
    wanted.some((each) => isWithin(parseAddress(address), parseAddress(each)))
  );
}
