import { sampleProcess } from "../../util/process/process-identity.ts";
import { isServing, onSilent } from "../decide/replica-state.ts";
import { HEARTBEAT_MS, judgeSilence, type Verdict } from "../decide/silence.ts";
import type { ReplicaProcess } from "./replica-process.ts";

/**
 * Asks every serving child for a sign of life, and looks at those that gave none: `/proc` tells a
 * stopped one from a busy one. `onStopped` is called for one that was found stopped. Ends with the
 * returned function.
 */
export function startHeartbeats(
  replicas: () => Iterable<ReplicaProcess>,
  onStopped: (replica: ReplicaProcess) => void,
): () => void {
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const elapsedMs = now - last;
    last = now;
    for (const replica of replicas()) {
      if (isServing(replica.life.state)) attendTo(replica, elapsedMs, onStopped);
    }
  }, HEARTBEAT_MS);
  return () => clearInterval(timer);
}

function attendTo(
  replica: ReplicaProcess,
  elapsedMs: number,
  onStopped: (replica: ReplicaProcess) => void,
): void {
  const { pulse } = replica;
  if (pulse.isAnswered && replica.channel !== undefined) {
    void replica.heartbeat();
    return;
  }
  const look = replica.pid === null ? undefined : sampleProcess(replica.pid);
  pulse.missed(elapsedMs, look);
  act(replica, judgeSilence(pulse.silence), onStopped);
}

function act(
  replica: ReplicaProcess,
  verdict: Verdict,
  onStopped: (replica: ReplicaProcess) => void,
): void {
  switch (verdict.is) {
    case "fine":
      return;
    case "unhealthy":
      replica.life = onSilent(replica.life, verdict.reason);
      return;
    case "stopped":
      onStopped(replica);
      replica.kill("it was stopped (SIGSTOP) and answers nothing");
      return;
    case "dead":
      replica.kill(verdict.reason);
  }
}
