import type { ChildCommand } from "../../model/control/messages.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";

/** Questions to children, each of which a child answers once. */
export class ChildAnswers<Answer, Question = void> {
  readonly #makeQuestion: (id: number, question: Question) => ChildCommand;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<number, (answer: Answer | undefined) => void>();
  #last = 0;

  constructor(makeQuestion: (id: number, question: Question) => ChildCommand, timeoutMs: number) {
    this.#makeQuestion = makeQuestion;
    this.#timeoutMs = timeoutMs;
  }

  /** Resolves with undefined for a child that does not answer in time. */
  async ask(child: ReplicaProcess, question: Question): Promise<Answer | undefined> {
    const id = (this.#last += 1);
    return new Promise((resolve) => {
      const late = setTimeout(() => this.#settle(id, undefined), this.#timeoutMs);
      this.#waiting.set(id, (answer) => {
        clearTimeout(late);
        resolve(answer);
      });
      child.send(this.#makeQuestion(id, question));
    });
  }

  answer(id: number, answer: Answer): void {
    this.#settle(id, answer);
  }

  #settle(id: number, answer: Answer | undefined): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }
}
