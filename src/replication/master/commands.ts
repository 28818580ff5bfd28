import { assertNever } from "../../util/unreachable.ts";
import type { MasterCommand } from "../protocol/master-events.ts";
import { beginElection, isLed } from "./election.ts";
import { act, isInSync, kill, liveProcesses, type MasterState } from "./master-state.ts";

/** Performs a command of a user, or refuses it with a reason. */
export function applyCommand(state: MasterState, command: MasterCommand): void {
  const refused =
    state.replicas <= (command.kind === "scale" ? 0 : command.replica)
      ? "the deployment has no replica of that number"
      : carryOut(state, command);
  act(state, { type: "commandDone", command, refused });
}

function carryOut(state: MasterState, command: MasterCommand): string | null {
  switch (command.kind) {
    case "stop":
      state.stopped.add(command.replica);
      killReplica(state, command.replica, "stopped by the user");
      return null;
    case "start":
      state.stopped.delete(command.replica);
      state.held.delete(command.replica);
      state.diedApplying.delete(command.replica);
      return null;
    case "scale":
      return scale(state, command.replicas);
    case "allocateStale":
      return allocateStale(state, command.replica);
    default:
      return assertNever(command);
  }
}

/** `endLeaving` ends the copies with higher numbers. */
function scale(state: MasterState, replicas: number): string | null {
  if (replicas < 1) return "a shard keeps at least one copy";
  state.replicas = replicas;
  state.isAnnouncementDue = true;
  return null;
}

/** The decision of the user to continue with a copy that may lack acknowledged writes. */
function allocateStale(state: MasterState, replica: number): string | null {
  if (isLed(state)) return "the shard has a primary";
  if (state.job.kind !== "none" || state.primary !== null)
    return "the shard is changing: run the command again";
  const process = liveProcesses(state).find((live) => live.replica === replica);
  if (!process) return "the copy is not running";
  const inSync = liveProcesses(state).filter((live) => isInSync(state, live.copyId));
  if (inSync.length > 0 && !state.isStuck) return "an in-sync copy is running";
  state.isStuck = false;
  state.isWaiting = false;
  beginElection(state, [process.copyId!], true);
  return null;
}

function killReplica(state: MasterState, replica: number, reason: string): void {
  for (const process of state.processes.values())
    if (process.replica === replica) kill(state, process, reason);
}
