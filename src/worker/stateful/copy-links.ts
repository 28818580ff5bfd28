import type { CopyEvent, CopyMessage, PrimaryMessage, ProcessId, Targets } from "../../replication/replication.ts";
import { connectReplication } from "../../wire/replication/replication-link.ts";
import type { ReplicationLink, ReplicationMessage } from "../../wire/replication/replication-link.ts";

/** After a lost link the next one is tried after this long, in milliseconds; each try in vain waits longer, up to the second figure. */
const RETRY_MS = { first: 20, most: 500 };

/** What goes over a link between two processes: each end first says which it is, because ports are used again. */
type LinkMessage =
  | { readonly kind: "process"; readonly processId: ProcessId; readonly target: string }
  | { readonly kind: "message"; readonly message: PrimaryMessage | CopyMessage };

/** What the links tell: events for the copy's decisions, with the payloads of a message's records in their order. */
export type LinkListener = (event: Extract<CopyEvent, { type: `link${string}` | `from${string}` }>, payloads: readonly Uint8Array[]) => void;

/** A link this process opened, and keeps open, to another. */
interface Outgoing {
  link: ReplicationLink | undefined;
  isOpen: boolean;
  retry: NodeJS.Timeout | undefined;
  retryMs: number;
}

/** The links of one copy: a primary's to the others, and the one a primary opened to this one. */
export class CopyLinks {
  readonly #processId: ProcessId;
  readonly #listener: LinkListener;
  readonly #outgoing = new Map<ProcessId, Outgoing>();
  readonly #incoming = new Map<ProcessId, ReplicationLink>();
  readonly #targets = new Map<ProcessId, string>();
  #ownTarget = "";

  constructor(processId: ProcessId, listener: LinkListener) {
    this.#processId = processId;
    this.#listener = listener;
  }

  /** Where this process listens, as `host:port`. */
  setOwnTarget(target: string): void {
    this.#ownTarget = target;
  }

  /** Where others listen, as the supervisor tells it. */
  addTargets(targets: Targets): void {
    for (const [processId, target] of Object.entries(targets)) this.#targets.set(processId, target);
  }

  /** Where a process listens: from the supervisor, or from itself when it connected. */
  targetOf(processId: ProcessId): string | undefined {
    return this.#targets.get(processId);
  }

  /** Opens a link and keeps it open until `disconnect`. */
  connect(processId: ProcessId): void {
    if (this.#outgoing.has(processId)) return;
    const outgoing: Outgoing = { link: undefined, isOpen: false, retry: undefined, retryMs: RETRY_MS.first };
    this.#outgoing.set(processId, outgoing);
    this.#open(processId, outgoing);
  }

  disconnect(processId: ProcessId): void {
    const outgoing = this.#outgoing.get(processId);
    this.#outgoing.delete(processId);
    clearTimeout(outgoing?.retry);
    outgoing?.link?.close();
  }

  /** Sends on the link to that process; without one nothing is sent: its loss has been told, or it never stood. */
  send(to: ProcessId, message: PrimaryMessage | CopyMessage, payloads: readonly Uint8Array[]): void {
    const outgoing = this.#outgoing.get(to);
    const link = outgoing?.isOpen === true ? outgoing.link : this.#incoming.get(to);
    link?.send(frame({ kind: "message", message }, payloads));
  }

  /** Takes a link that another process opened: a primary's. */
  accept(link: ReplicationLink): void {
    let from: ProcessId | undefined;
    link.send(frame(this.#introduction()));
    link.onMessage(({ message, payloads }) => {
      const received = message as LinkMessage;
      if (received.kind === "process") {
        from = received.processId;
        this.#targets.set(from, received.target);
        this.#incoming.get(from)?.close();
        this.#incoming.set(from, link);
      } else if (from !== undefined && this.#incoming.get(from) === link) {
        this.#listener({ type: "fromPrimary", from, message: received.message as PrimaryMessage }, payloads);
      }
    });
    link.onClosed(() => {
      if (from !== undefined && this.#incoming.get(from) === link) this.#incoming.delete(from);
    });
  }

  close(): void {
    for (const processId of [...this.#outgoing.keys()]) this.disconnect(processId);
    for (const link of this.#incoming.values()) link.close();
    this.#incoming.clear();
  }

  #open(processId: ProcessId, outgoing: Outgoing): void {
    const target = this.#targets.get(processId);
    if (target === undefined) return this.#retryLater(processId, outgoing);
    const link = connectReplication(target);
    outgoing.link = link;
    link.send(frame(this.#introduction()));
    link.onMessage(({ message, payloads }) => this.#take(processId, { outgoing, link }, { received: message as LinkMessage, payloads }));
    link.onClosed(() => this.#noteClosed(processId, outgoing));
  }

  #take(
    processId: ProcessId,
    { outgoing, link }: { outgoing: Outgoing; link: ReplicationLink },
    { received, payloads }: { received: LinkMessage; payloads: readonly Uint8Array[] },
  ): void {
    if (this.#outgoing.get(processId) !== outgoing) return;
    if (received.kind === "message") {
      if (outgoing.isOpen) this.#listener({ type: "fromCopy", from: processId, message: received.message as CopyMessage }, payloads);
    } else if (received.processId === processId) {
      outgoing.isOpen = true;
      outgoing.retryMs = RETRY_MS.first;
      this.#listener({ type: "linkOpened", processId }, []);
    } else {
      // Another process listens on the port of one that is gone.
      link.close();
    }
  }

  #noteClosed(processId: ProcessId, outgoing: Outgoing): void {
    if (this.#outgoing.get(processId) !== outgoing) return;
    const wasOpen = outgoing.isOpen;
    outgoing.isOpen = false;
    outgoing.link = undefined;
    this.#retryLater(processId, outgoing);
    if (wasOpen) this.#listener({ type: "linkClosed", processId }, []);
  }

  #retryLater(processId: ProcessId, outgoing: Outgoing): void {
    outgoing.retry = setTimeout(() => this.#open(processId, outgoing), outgoing.retryMs);
    outgoing.retryMs = Math.min(outgoing.retryMs * 2, RETRY_MS.most);
  }

  #introduction(): LinkMessage {
    return { kind: "process", processId: this.#processId, target: this.#ownTarget };
  }
}

function frame(message: LinkMessage, payloads: readonly Uint8Array[] = []): ReplicationMessage {
  return { message, payloads };
}
