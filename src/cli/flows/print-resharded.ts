import type { SupervisorCommand } from "../../model/supervisor.ts";
import { JflowError } from "../../util/errors.ts";
import { printNotice, type CommandContext } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { spawnSupervisor } from "./spawn-supervisor.ts";

/** Moves documents while the flow does not run, and prints what was done. Returns the exit code. */
export async function printResharded(
  context: CommandContext,
  command: Extract<SupervisorCommand, { type: "reshard" }>,
): Promise<number> {
  const answer = await spawnSupervisor(command);
  if (answer.type !== "resharded")
    throw new JflowError("INTERNAL", `unexpected answer from the supervisor: ${answer.type}`);
  for (const line of answer.lines) printNotice(context, line);
  return EXIT.ok;
}
