import type { Terminal } from "../terminal/terminal.ts";
import { askSupervisor } from "./ask-supervisor.ts";

/** What takes the changes of files into a running flow. */
const REMEDY =
  "jflow restart takes changed code; jflow down, then jflow up, takes a changed flow file";

/**
 * Asks a supervisor what runs and is older than its file. `variables`: the values of `${X}`, instead
 * of those at the start of the flow.
 */
export async function askFileChanges(
  socket: string,
  variables?: Terminal["env"],
): Promise<readonly string[]> {
  const request = { ask: "changes", ...(variables === undefined ? {} : { variables }) } as const;
  return (await askSupervisor(socket, request, "changes")).changes;
}

/** Returns the changes and the remedy as lines of a notice; no line without a change. */
export function formatFileChanges(changes: readonly string[]): readonly string[] {
  return changes.length === 0 ? [] : [...changes.map((change) => `! ${change}`), `  ${REMEDY}`];
}
