import { MEMORY_CHECK_MS } from "../../util/limits/processes.ts";
import { measureTree } from "../../util/process/process-tree.ts";
import { formatBytes } from "../../util/text/format-bytes.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import {
  memoryRestartAt,
  recordMemory,
  recordMemoryRestart,
  WITHIN_LIMIT,
  type MemoryRecord,
} from "../decide/automation/memory-limit.ts";
import { isServing } from "../decide/lifecycle/replica-state.ts";
import { memoryEvent } from "../describe/replica-journal.ts";
import type { AutomaticChanges } from "./automatic-changes.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";

/** Restarts replicas that use more memory than `memory_limit` allows, one at a time. */
export class MemoryLimits {
  readonly #supervisor: FlowSupervisor;
  readonly #changes: AutomaticChanges;
  readonly #records = new Map<string, MemoryRecord>();

  constructor(supervisor: FlowSupervisor, changes: AutomaticChanges) {
    this.#supervisor = supervisor;
    this.#changes = changes;
  }

  /** Checks until the flow has ended. */
  start(): void {
    const timer = setInterval(() => this.#check(), MEMORY_CHECK_MS);
    void this.#supervisor.ended.then(() => clearInterval(timer));
  }

  #check(): void {
    const { replicas, facts } = this.#supervisor;
    for (const replica of replicas) {
      const limitBytes = replica.launch.memoryLimitBytes;
      const { address, pid } = replica;
      const rssBytes =
        limitBytes === undefined || pid === null || !isServing(replica.state)
          ? null
          : measureTree(pid);
      if (limitBytes === undefined || rssBytes === null) facts.memoryProblems.delete(address);
      else this.#judge(replica, rssBytes, limitBytes);
    }
  }

  #judge(replica: ReplicaProcess, rssBytes: number, limitBytes: number): void {
    const { facts, clock } = this.#supervisor;
    const { address } = replica;
    const now = clock.now();
    const before = this.#records.get(address) ?? WITHIN_LIMIT;
    const record = recordMemory(before, { now, rssBytes, limitBytes });
    this.#records.set(address, record);
    const dueAt = memoryRestartAt(record);
    if (dueAt === null) {
      facts.memoryProblems.delete(address);
      return;
    }
    const text = `uses ${formatBytes(rssBytes)}, above its memory_limit of ${formatBytes(limitBytes)}`;
    if (dueAt > now) {
      const waitS = Math.ceil((dueAt - now) / 1000);
      const again = record.restarts > 0 ? ` again` : "";
      facts.memoryProblems.set(address, `${text}: restarts${again} in ${waitS} s`);
      return;
    }
    facts.memoryProblems.set(address, `${text}: restarts after its requests in flight`);
    if (!this.#changes.isFree(replica.planned.deployment)) return;
    this.#records.set(address, recordMemoryRestart(record, now));
    this.#supervisor.reporter.happened(memoryEvent(address, { rssBytes, limitBytes }), replica);
    this.#changes.replace(replica.planned.deployment, address, text);
  }
}
