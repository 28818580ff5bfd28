import { HEARD, lengthenSilence, type Look, type Silence } from "../decide/silence.ts";

/**
 * The signs of life of one process: what was asked, what was answered, and for how long nothing
 * was.
 */
export class Pulse {
  #sent = 0;
  #heard = 0;
  #silence: Silence = HEARD;
  #waiting: { readonly beat: number; resolve(): void }[] = [];

  /** Whether every beat was answered, so that the next may be sent. */
  get isAnswered(): boolean {
    return this.#heard === this.#sent;
  }

  get silence(): Silence {
    return this.#silence;
  }

  /** A beat was sent. Resolves when it is answered, or the process is gone. */
  async sent(): Promise<void> {
    this.#sent += 1;
    const beat = this.#sent;
    return new Promise((resolve) => {
      this.#waiting.push({ beat, resolve });
    });
  }

  /**
   * An answer came; answers come in the order of the beats, and any sign of life ends a silence.
   */
  heard(): void {
    this.#heard = Math.min(this.#heard + 1, this.#sent);
    this.#silence = HEARD;
    const isOver = ({ beat }: { beat: number }): boolean => beat <= this.#heard;
    for (const waiting of this.#waiting.filter(isOver)) waiting.resolve();
    this.#waiting = this.#waiting.filter((waiting) => !isOver(waiting));
  }

  /** Nothing came since the last look. */
  missed(elapsedMs: number, look: Look | undefined): void {
    this.#silence = lengthenSilence(this.#silence, elapsedMs, look);
  }

  /** The process is gone: nobody waits for it. */
  end(): void {
    for (const waiting of this.#waiting) waiting.resolve();
    this.#waiting = [];
  }
}
