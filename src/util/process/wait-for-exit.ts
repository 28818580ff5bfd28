import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, type ProcessIdentity } from "./process-identity.ts";

const LOOK_EVERY_MS = 10;

/**
 * Waits until processes are gone that are not children of this one: the system sends no event for
 * their exit. Resolves with those still alive after `timeoutMs`.
 */
export async function waitForExit<Process extends ProcessIdentity>(
  processes: readonly Process[],
  timeoutMs: number,
): Promise<readonly Process[]> {
  const deadline = performance.now() + timeoutMs;
  let alive = processes.filter(isAlive);
  while (alive.length > 0 && performance.now() < deadline) {
    await sleep(LOOK_EVERY_MS);
    alive = alive.filter(isAlive);
  }
  return alive;
}
