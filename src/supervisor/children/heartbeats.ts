import type { ReplicaProcess } from "./replica-process.ts";
import { HEARTBEAT_MS } from "../../util/limits/processes.ts";

/** Checks every replica at a fixed interval. Returns a function that ends the checks. */
export function startHeartbeats(replicas: () => Iterable<ReplicaProcess>): () => void {
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const elapsedMs = now - last;
    last = now;
    for (const replica of replicas()) replica.checkLiveness(elapsedMs);
  }, HEARTBEAT_MS);
  return () => clearInterval(timer);
}
