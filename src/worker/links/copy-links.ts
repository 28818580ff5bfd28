import type {
  CopyEvent,
  CopyMessage,
  PrimaryMessage,
  ProcessId,
  Targets,
} from "../../replication/replication.ts";
import type { ReplicationLink } from "../../wire/replication/replication-link.ts";
import type { PayloadHandle } from "../disk/payload-handle.ts";
import {
  frameIntroduction,
  frameMessage,
  isLinkMessage,
  readPrimaryMessage,
} from "./link-message.ts";
import { OutgoingLink } from "./outgoing-link.ts";

/** Receives the events of the links, for the decisions of the copy. */
export type LinkListener = (event: CopyEvent<PayloadHandle>) => void;

/**
 * The links of one copy: the links of a primary to the others, and the link that a primary opened
 * to this copy.
 */
export class CopyLinks {
  readonly #processId: ProcessId;
  readonly #emit: LinkListener;
  readonly #outgoing = new Map<ProcessId, OutgoingLink>();
  readonly #incoming = new Map<ProcessId, ReplicationLink>();
  readonly #targets = new Map<ProcessId, string>();
  #ownTarget = "";

  constructor(processId: ProcessId, emit: LinkListener) {
    this.#processId = processId;
    this.#emit = emit;
  }

  /** Sets the address of this process, as `host:port`. */
  setOwnTarget(target: string): void {
    this.#ownTarget = target;
  }

  /** Adds the addresses of other processes, as the supervisor announced them. */
  addTargets(targets: Targets): void {
    for (const [processId, target] of Object.entries(targets)) this.#targets.set(processId, target);
  }

  /**
   * Returns the address of a process: from the supervisor, or from the process itself when it
   * connected.
   */
  targetOf(processId: ProcessId): string | undefined {
    return this.#targets.get(processId);
  }

  /** Returns the pid of a process that a link was opened to and that has introduced itself. */
  pidOf(processId: ProcessId): number | undefined {
    return this.#outgoing.get(processId)?.pid;
  }

  /** Opens a link and keeps it open until `disconnect`. */
  connect(processId: ProcessId): void {
    if (this.#outgoing.has(processId)) return;
    const link = new OutgoingLink({
      processId,
      target: () => this.#targets.get(processId),
      introduction: () => frameIntroduction(this.#processId, this.#ownTarget, process.pid),
      opened: () => this.#emit({ type: "linkOpened", processId }),
      closed: () => this.#emit({ type: "linkClosed", processId }),
      received: (message) => this.#emit({ type: "fromCopy", from: processId, message }),
    });
    this.#outgoing.set(processId, link);
  }

  disconnect(processId: ProcessId): void {
    this.#outgoing.get(processId)?.close();
    this.#outgoing.delete(processId);
  }

  /** Sends on the link to that process. Without a link, the message is dropped. */
  send(
    to: ProcessId,
    message: PrimaryMessage<PayloadHandle> | CopyMessage,
    payloads: readonly Uint8Array[],
  ): void {
    const link = this.#outgoing.get(to) ?? this.#incoming.get(to);
    link?.send(frameMessage(message, payloads));
  }

  /** Takes a link that a primary opened. A second link of the same process replaces the first. */
  accept(link: ReplicationLink): void {
    let from: ProcessId | undefined;
    link.send(frameIntroduction(this.#processId, this.#ownTarget, process.pid));
    link.onMessage(({ message, payloads }) => {
      if (!isLinkMessage(message)) return;
      if (message.kind === "process") {
        from = message.processId;
        this.#targets.set(from, message.target);
        this.#incoming.get(from)?.close();
        this.#incoming.set(from, link);
      } else if (
        message.kind === "primary" &&
        from !== undefined &&
        this.#incoming.get(from) === link
      ) {
        const received = readPrimaryMessage(message.message, payloads);
        this.#emit({ type: "fromPrimary", from, message: received });
      }
    });
    link.onClosed(() => {
      if (from !== undefined && this.#incoming.get(from) === link) this.#incoming.delete(from);
    });
  }

  close(): void {
    for (const link of this.#outgoing.values()) link.close();
    for (const link of this.#incoming.values()) link.close();
    this.#outgoing.clear();
    this.#incoming.clear();
  }
}
