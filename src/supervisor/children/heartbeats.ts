import type { ReplicaProcess } from "./replica-process.ts";
import type { AwakeClock } from "../../util/awake-clock.ts";
import { HEARTBEAT_MS } from "../../util/limits/processes.ts";

/**
 * Checks every replica at a fixed interval, and begins again after a suspension of this process.
 * Returns a function that ends the checks.
 */
export function startHeartbeats(
  replicas: () => Iterable<ReplicaProcess>,
  clock: AwakeClock,
): () => void {
  let last = clock.now();
  let { suspendedMs } = clock;
  const timer = setInterval(() => {
    const now = clock.now();
    const elapsedMs = now - last;
    last = now;
    const wasSuspended = clock.suspendedMs > suspendedMs;
    suspendedMs = clock.suspendedMs;
    for (const replica of replicas()) replica.checkLiveness(wasSuspended ? null : elapsedMs);
  }, HEARTBEAT_MS);
  return () => clearInterval(timer);
}
