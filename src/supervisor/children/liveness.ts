import type { LivenessPolicy } from "../../model/replica.ts";
import {
  NOT_PROBED,
  continueProbing,
  judgeProbing,
  type Probing,
} from "../decide/lifecycle/liveness-probe.ts";
import {
  ANSWERED,
  RESUMED,
  MAX_STEP_MS,
  judgeSilence,
  lengthenSilence,
  type Look,
  type Silence,
  type Verdict,
} from "../decide/lifecycle/silence.ts";

/** The heartbeats of one process: sent, answered, and for how long none was answered. */
export class Liveness {
  #sent = 0;
  #answered = 0;
  #silence: Silence = ANSWERED;
  #probing: Probing = NOT_PROBED;
  /** The number of the last heartbeat before the supervisor was suspended. */
  #sentBefore = 0;
  #waiting: { readonly heartbeat: number; resolve(): void }[] = [];

  /** Returns whether every heartbeat was answered, so that the next may be sent. */
  get isAnswered(): boolean {
    return this.#answered === this.#sent;
  }

  get silence(): Silence {
    return this.#silence;
  }

  /**
   * Judges the silence until now. `policy`: the `liveness` of the flow file. `elapsedMs`: since the
   * last call.
   */
  judge(elapsedMs: number, policy: LivenessPolicy | undefined): Verdict {
    if (policy === undefined) return judgeSilence(this.#silence);
    const { silentMs } = this.#silence;
    const step = { elapsedMs: Math.min(elapsedMs, MAX_STEP_MS), silentMs };
    this.#probing = continueProbing(this.#probing, step, policy);
    return judgeProbing(this.#probing, this.#silence, policy);
  }

  /** A heartbeat was sent. Resolves when it is answered, or when the process is gone. */
  async sent(): Promise<void> {
    this.#sent += 1;
    const heartbeat = this.#sent;
    return new Promise((resolve) => {
      this.#waiting.push({ heartbeat, resolve });
    });
  }

  /** An answer arrived. Answers arrive in the order of the heartbeats. */
  answered(): void {
    this.#answered = Math.min(this.#answered + 1, this.#sent);
    // An older answer says nothing about the process after the suspension.
    if (this.#answered > this.#sentBefore) this.#silence = ANSWERED;
    const isOver = ({ heartbeat }: { heartbeat: number }): boolean => heartbeat <= this.#answered;
    for (const waiting of this.#waiting.filter(isOver)) waiting.resolve();
    this.#waiting = this.#waiting.filter((waiting) => !isOver(waiting));
  }

  /** No answer has arrived since the last check. */
  missed(elapsedMs: number, look: Look | undefined): void {
    this.#silence = lengthenSilence(this.#silence, elapsedMs, look);
  }

  /** The supervisor was suspended, so the silence until now means nothing. */
  beginAgain(): void {
    this.#silence = RESUMED;
    this.#probing = NOT_PROBED;
    this.#sentBefore = this.#sent;
  }

  /** The process is gone, so every wait ends. */
  end(): void {
    for (const waiting of this.#waiting) waiting.resolve();
    this.#waiting = [];
  }
}
