import type { PlannedReplica } from "../../flow/flow.ts";
import { formatAddress } from "../../model/address.ts";
import { messageOf } from "../../util/error-code.ts";
import { JflowError } from "../../util/errors.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import { chooseNext } from "../decide/rollout.ts";
import { helperName } from "../decide/planned-replica.ts";
import { dropEntries, putEntries } from "../plan/change-plan.ts";
import type { PlanEntry } from "../plan/flow-plan.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import type { ReportStep } from "./operations.ts";
import { PlanWait, type WaitOptions } from "./plan-wait.ts";

export interface RolloutOptions extends WaitOptions {
  readonly step: ReportStep;
  /** Returns the entry of a replica in its new version. */
  newEntry(planned: PlannedReplica): PlanEntry;
}

/**
 * Replaces replicas one at a time. Where a shard has no state, or one copy, an additional replica
 * of the new version starts first and leaves last. So the shard always has as many replicas as
 * planned.
 */
export class Rollout {
  readonly #supervisor: FlowSupervisor;
  readonly #options: RolloutOptions;
  readonly #wait: PlanWait;
  readonly #cleanUp: PlanWait;

  constructor(supervisor: FlowSupervisor, options: RolloutOptions) {
    this.#supervisor = supervisor;
    this.#options = options;
    this.#wait = new PlanWait(supervisor, options);
    this.#cleanUp = new PlanWait(supervisor, { timeoutMs: options.timeoutMs });
  }

  /**
   * Replaces the replicas of these addresses. Throws `NOT_READY` if a new process is not ready, and
   * `CANCELLED`: the replica then gets its version back, and the others keep those that they have.
   */
  async replace(addresses: readonly string[]): Promise<void> {
    for (const group of groupByShard(this.#entriesOf(addresses))) await this.#replaceGroup(group);
  }

  /** Replaces all at once. The deployment does not serve until the new processes are ready. */
  async replaceAtOnce(addresses: readonly string[]): Promise<void> {
    const before = this.#entriesOf(addresses);
    this.#options.step(`restarts ${addresses.join(", ")} at once`);
    this.#put(before.map(({ planned }) => ({ ...this.#options.newEntry(planned), atOnce: true })));
    try {
      await this.#wait.up(addresses);
    } catch (error) {
      this.#put(before);
      throw error;
    }
  }

  async #replaceGroup(group: readonly PlanEntry[]): Promise<void> {
    const extra = this.#extraOf(group[0]!.planned);
    const left = new Map(group.map((entry) => [entry.planned.address, entry]));
    const started: string[] = [];
    try {
      if (extra !== undefined) await this.#start(extra, started);
      while (left.size > 0) {
        const { address } = chooseNext([...left.keys()].map((each) => this.#rolled(each)))!;
        await this.#start(this.#options.newEntry(left.get(address)!.planned), started);
        left.delete(address);
      }
    } catch (error) {
      this.#put(group.filter(({ planned }) => this.#find(planned.address)?.state.name !== "ready"));
      throw explainRest(error, [...left.keys()]);
    } finally {
      if (extra !== undefined) await this.#drop(extra.planned.address);
    }
  }

  /** `started` holds the addresses that have the new version already, and gets this one. */
  async #start(entry: PlanEntry, started: string[]): Promise<void> {
    const { address } = entry.planned;
    this.#wait.throwIfEnded();
    const isAdditional = this.#find(address) === undefined;
    this.#options.step(`${isAdditional ? "starts" : "replaces"} ${address}`);
    this.#put([entry]);
    started.push(address);
    await this.#wait.up(started);
    // The first process of a new version gets requests before the next replica leaves.
    if (started.length === 1) await this.#wait.tried(address, siblingsOf(entry, this.#supervisor));
  }

  async #drop(address: string): Promise<void> {
    this.#supervisor.apply(dropEntries(this.#supervisor.plan, [address]));
    await this.#cleanUp.gone([address]);
  }

  /** Returns an additional replica, or undefined for a shard of several copies, and the gateway. */
  #extraOf(first: PlannedReplica): PlanEntry | undefined {
    const { shard, part } = first;
    const all = this.#supervisor.plan.entries.filter(
      ({ planned }) => planned.shard === shard && helperName(planned) === helperName(first),
    );
    const isReplicated = this.#supervisor.shards.of(first) !== undefined && all.length > 1;
    if (part === "gateway" || isReplicated) return undefined;
    const replica = Math.max(...all.map(({ planned }) => planned.replica)) + 1;
    // A port of the flow file belongs to a planned replica.
    const { port: _, ...planned } = first;
    const address = formatAddress(helperName(first), shard, replica);
    return this.#options.newEntry({ ...planned, address, replica });
  }

  #rolled(address: string): { address: string; isPrimary: boolean } {
    const replica = this.#find(address);
    const isPrimary =
      replica !== undefined && this.#supervisor.shards.roleOf(replica) === "primary";
    return { address, isPrimary };
  }

  #find(address: string): ReplicaProcess | undefined {
    return this.#supervisor.find(address);
  }

  #put(entries: readonly PlanEntry[]): void {
    this.#supervisor.apply(putEntries(this.#supervisor.plan, entries));
  }

  #entriesOf(addresses: readonly string[]): readonly PlanEntry[] {
    return this.#supervisor.plan.entries.filter(({ planned }) =>
      addresses.includes(planned.address),
    );
  }
}

/** Returns the addresses of the replicas that share the requests of a shard. */
function siblingsOf({ planned }: PlanEntry, { plan }: FlowSupervisor): readonly string[] {
  return plan.entries
    .map((each) => each.planned)
    .filter((each) => helperName(each) === helperName(planned) && each.shard === planned.shard)
    .map(({ address }) => address);
}

function groupByShard(entries: readonly PlanEntry[]): readonly (readonly PlanEntry[])[] {
  const groups = new Map<string, PlanEntry[]>();
  for (const entry of entries) {
    const key = `${helperName(entry.planned)}/${entry.planned.shard}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()];
}

function explainRest(error: unknown, left: readonly string[]): JflowError {
  const text = `${messageOf(error)}\nnot replaced, and serving as before: ${left.join(", ")}`;
  const code = error instanceof JflowError ? error.code : "INTERNAL";
  return new JflowError(code, text, { cause: error });
}
