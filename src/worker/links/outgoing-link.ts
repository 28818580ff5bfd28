import type { CopyMessage, ProcessId } from "../../replication/replication.ts";
import { connectReplication } from "../../wire/replication/connect-replication.ts";
import type {
  ReplicationLink,
  ReplicationMessage,
} from "../../wire/replication/replication-link.ts";
import { isLinkMessage, type LinkMessage } from "./link-message.ts";

/**
 * The delay before a lost link is opened again, in milliseconds. The delay doubles with each failed
 * try, up to `max`.
 */
const RETRY_MS = { first: 20, max: 500 };

export interface OutgoingLinkDeps {
  /** The process that is expected at the other end. */
  readonly processId: ProcessId;
  /** The address of that process, once it is known. */
  target(): string | undefined;
  /** The first message on each link. */
  introduction(): ReplicationMessage;
  opened(): void;
  closed(): void;
  received(message: CopyMessage): void;
}

/**
 * The link of a primary to a copy. It is opened, and opened again after a loss, until it is closed.
 * The link counts as open once the other end has introduced itself as that process.
 */
export class OutgoingLink {
  readonly #options: OutgoingLinkDeps;
  #link: ReplicationLink | undefined;
  #isOpen = false;
  #isClosed = false;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = RETRY_MS.first;
  /** The pid of the process at the other end, once it has introduced itself. */
  pid: number | undefined;

  constructor(options: OutgoingLinkDeps) {
    this.#options = options;
    this.#connect();
  }

  /** Drops the message while the link is not open: its loss is already reported. */
  send(message: ReplicationMessage): void {
    if (this.#isOpen) this.#link?.send(message);
  }

  /** Closes the link without a call of `closed`. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#link?.close();
  }

  #connect(): void {
    const target = this.#options.target();
    if (target === undefined) {
      this.#retryLater();
      return;
    }
    const link = connectReplication(target);
    this.#link = link;
    link.send(this.#options.introduction());
    link.onMessage(({ message }) => {
      if (!this.#isClosed && isLinkMessage(message)) this.#take(message, link);
    });
    link.onClosed(() => this.#noteClosed());
  }

  #take(message: LinkMessage, link: ReplicationLink): void {
    if (message.kind === "copy" && this.#isOpen) {
      this.#options.received(message.message);
    } else if (message.kind === "process" && message.processId === this.#options.processId) {
      this.#isOpen = true;
      this.pid = message.pid;
      this.#retryMs = RETRY_MS.first;
      this.#options.opened();
    } else {
      // Another process listens on the port of a process that is gone.
      link.close();
    }
  }

  #noteClosed(): void {
    if (this.#isClosed) return;
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    this.#link = undefined;
    this.#retryLater();
    if (wasOpen) this.#options.closed();
  }

  #retryLater(): void {
    this.#retry = setTimeout(() => this.#connect(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS.max);
  }
}
