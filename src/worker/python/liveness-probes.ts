import type { LivenessPolicy } from "../../model/replica.ts";

/** The collaborators of the probes. */
export interface LivenessProbesDeps {
  /** Returns whether the executor answered within the time. Never rejects. */
  probe(timeoutMs: number): Promise<boolean>;
  /** Called once, with the reason, when the executor is to be ended. */
  end(reason: string): void;
}

/** Probes the health service of an executor by the `liveness` of the flow file. */
export class LivenessProbes {
  readonly #policy: LivenessPolicy;
  readonly #deps: LivenessProbesDeps;
  readonly #timer: NodeJS.Timeout;
  #isProbing = false;
  #failures = 0;

  constructor(policy: LivenessPolicy, deps: LivenessProbesDeps) {
    this.#policy = policy;
    this.#deps = deps;
    this.#timer = setInterval(() => void this.#probe(), policy.periodMs);
    this.#timer.unref();
  }

  /** Why the last probe failed; undefined if it was answered. */
  get failure(): string | undefined {
    if (this.#failures === 0) return undefined;
    const reason = `no answer to a liveness probe within ${this.#policy.timeoutMs / 1000} s`;
    return this.#failures === 1 ? reason : `${reason}, ${this.#failures} times in a row`;
  }

  async #probe(): Promise<void> {
    if (this.#isProbing) return;
    this.#isProbing = true;
    const isAnswered = await this.#deps.probe(this.#policy.timeoutMs);
    this.#isProbing = false;
    this.#failures = isAnswered ? 0 : this.#failures + 1;
    if (this.#failures < this.#policy.failureThreshold) return;
    clearInterval(this.#timer);
    this.#deps.end(this.failure!);
  }
}
