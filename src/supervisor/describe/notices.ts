import { countOf } from "../../util/text/count-of.ts";
import { formatBytes } from "../../util/text/format-bytes.ts";
import type { PlannedReplica } from "../../flow/flow.ts";
import type { Reaped, Stray } from "../disk/child-register.ts";
import type { KeptData } from "../disk/kept-data.ts";
import { MAX_PROCESSES_PER_CORE } from "../../util/limits/processes.ts";

const MAX_COMMAND_CHARS = 80;

/**
 * A sentence for data that was moved aside and not removed yet: only the user can tell whether data
 * is missing.
 */
export function noticeKept(
  deployment: string,
  { kind, folders, bytes, pattern }: KeptData,
): string {
  const what =
    kind === "damaged"
      ? countOf(folders, "damaged copy", "damaged copies")
      : `the data from before ${countOf(folders, "reshard")}`;
  return `"${deployment}" keeps ${what} (${formatBytes(bytes)}): once no data is missing, rm -r ${pattern}`;
}

/** A sentence for a deployment that continues with the number of replicas of `jflow scale`. */
export function noticeScaled(deployment: string, replicas: number, inFile: number): string {
  return `"${deployment}" continues with ${countOf(replicas, "replica")}, set by jflow scale before the supervisor ended: the flow file says ${inFile}, and jflow up sets that number again`;
}

/** A sentence for a replica that is not planned, but has the data of its shard. */
export function noticeNeeded({
  address,
  deployment,
  shard,
}: Pick<PlannedReplica, "address" | "deployment" | "shard">): string {
  return `no planned copy of ${deployment}/${shard} has every acknowledged write, so ${address} runs until a planned copy has caught up`;
}

/** A sentence for a flow that has many more processes than the machine has cores. */
export function noticeOversubscription(processes: number, cores: number): string | undefined {
  if (processes <= MAX_PROCESSES_PER_CORE * cores) return undefined;
  return `${processes} processes share ${countOf(cores, "core")}: more replicas do not make a compute-bound executor faster here`;
}

/** Sentences for the processes of an earlier run. */
export function noticeReaped({ ended, left }: Reaped): readonly string[] {
  const end =
    ended === 0 ? [] : [`ended ${countOf(ended, "process", "processes")} of an earlier run`];
  return [...end, ...left.map(noticeStray)];
}

/** A sentence for a process that left the process group of its replica: jflow does not end it. */
export function noticeStray({ address, pid, command }: Stray): string {
  return `process ${pid} (${cutCommand(command)}) left the process group of ${address} and still runs: end it with kill ${pid}`;
}

function cutCommand(command: string): string {
  return command.length <= MAX_COMMAND_CHARS
    ? command
    : `${command.slice(0, MAX_COMMAND_CHARS)}...`;
}
