import { countOf } from "../../util/text/count-of.ts";
import { formatBytes } from "../../util/text/format-bytes.ts";
import type { KeptData } from "../disk/kept-data.ts";
import { MAX_PROCESSES_PER_CORE } from "../../util/limits/processes.ts";

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

/** A sentence for a flow that has many more processes than the machine has cores. */
export function noticeOversubscription(processes: number, cores: number): string | undefined {
  if (processes <= MAX_PROCESSES_PER_CORE * cores) return undefined;
  return `${processes} processes share ${countOf(cores, "core")}: more replicas do not make a compute-bound executor faster here`;
}
