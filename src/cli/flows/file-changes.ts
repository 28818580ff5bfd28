import type { Terminal } from "../terminal/terminal.ts";
import { JflowError } from "../../util/errors.ts";
import { askSupervisor, OLDER_FLOW } from "./ask-supervisor.ts";

/** What takes the changes of files into a running flow. */
const REMEDY = "jflow up takes the changes";

/** What runs and is older than its file. An older supervisor cannot compare the files. */
type FileChanges = readonly string[] | "unknown";

/**
 * Asks a supervisor what runs and is older than its file. `variables`: the values of `${X}`, instead
 * of those at the start of the flow.
 */
export async function askFileChanges(
  socket: string,
  variables?: Terminal["env"],
): Promise<FileChanges> {
  const request = { ask: "changes", ...(variables === undefined ? {} : { variables }) } as const;
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
