import type { ChildSpec, LivenessPolicy } from "../../model/replica.ts";

/** How the process of one replica is started. */
export interface Launch {
  /** The `main.js` of its component, absolute. */
  readonly entry: string;
  readonly nodeOptions: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly timeoutReadyMs: number;
  readonly maxRestarts?: number;
  readonly liveness?: LivenessPolicy;
  readonly memoryLimitBytes?: number;
  readonly drainTimeoutMs: number;
  /** A hash of everything that takes effect only with a restart. */
  readonly configHash: string;
  spec(processId: string): ChildSpec;
}
