import type { FlowVariables } from "../../model/supervisor.ts";
import { JflowError } from "../../util/errors.ts";
import { askSupervisor, OLDER_FLOW } from "./ask-supervisor.ts";

/** The command that takes the changes of files into a running flow. */
const REMEDY = "jflow up takes the changes";

/** The executors that are older than their files. An older supervisor cannot compare the files. */
type FileChanges = readonly string[] | "unknown";

/**
 * Asks a supervisor which executors are older than their files. `from`: the variables of the flow
 * file, instead of those of the last `up`.
 */
export async function askFileChanges(socket: string, from?: FlowVariables): Promise<FileChanges> {
  const request = { ask: "changes", ...(from === undefined ? {} : { from }) } as const;
  try {
    return (await askSupervisor(socket, request, "changes")).changes;
  } catch (error) {
    if (error instanceof JflowError && error.code === "UNIMPLEMENTED") return "unknown";
    throw error;
  }
}

/** Returns the changes and the remedy as lines of a notice; no line without a change. */
export function formatFileChanges(changes: FileChanges): readonly string[] {
  if (changes === "unknown")
    return [`! ${OLDER_FLOW}: jflow down, then jflow up, takes the new one`];
  return changes.length === 0 ? [] : [...changes.map((change) => `! ${change}`), `  ${REMEDY}`];
}
