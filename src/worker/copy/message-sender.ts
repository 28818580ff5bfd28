import type { CopyMessage, PrimaryMessage, ProcessId } from "../../replication/replication.ts";
import type { RecordLog } from "../disk/record-log.ts";
import type { CopyLinks } from "./copy-links.ts";

/**
 * Sends messages with the payloads of the records they speak of. They keep their order, although
 * some payloads have to be read from the log first.
 */
export class MessageSender {
  readonly #log: RecordLog;
  readonly #links: CopyLinks;
  /** The last message that waits for a payload, or for one before it that does. */
  #waiting: Promise<void> | undefined;

  constructor(log: RecordLog, links: CopyLinks) {
    this.#log = log;
    this.#links = links;
  }

  /** Resolves when the message is on its way. Rejects where a payload cannot be read. */
  async send(to: ProcessId, message: PrimaryMessage | CopyMessage): Promise<void> {
    const seqs = message.type === "append" ? message.heads.map((head) => head.seq) : [];
    const cached = this.#log.cachedPayloads(seqs);
    if (this.#waiting === undefined && cached !== undefined) {
      this.#links.send(to, message, cached);
      return;
    }
    const waiting = this.#sendAfter(this.#waiting, async () => {
      this.#links.send(to, message, cached ?? (await this.#log.payloads(seqs)));
    });
    this.#waiting = waiting;
    await waiting;
    if (this.#waiting === waiting) this.#waiting = undefined;
  }

  async #sendAfter(before: Promise<void> | undefined, send: () => Promise<void>): Promise<void> {
    await before;
    await send();
  }
}
