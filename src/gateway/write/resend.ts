/** An event of the writes, or of the primary, of a shard. */
export type ResendEvent =
  | { readonly type: "arrived"; readonly operationId: string }
  /** The process of the current primary; null if there is no primary. */
  | { readonly type: "primary"; readonly processId: string | null }
  /** The write has its answer, or its caller no longer waits. */
  | { readonly type: "finished"; readonly operationId: string }
  /** The process refused the write: it is not the primary, or not yet. */
  | { readonly type: "refused"; readonly operationId: string; readonly processId: string }
  /** Some time has passed since a refusal, so the same process may be tried again. */
  | { readonly type: "again" }
  /** The process is gone. A death that the supervisor caused does not make the writes suspects. */
  | { readonly type: "lost"; readonly processId: string; readonly bySupervisor: boolean };

export type ResendAction =
  | { readonly type: "send"; readonly operationId: string; readonly to: string }
  /** Fail the write: it was in flight when its process died, and alone when that happened again. */
  | { readonly type: "endsProcess"; readonly operationId: string };

interface UnfinishedWrite {
  readonly operationId: string;
  /** The process that has the write and has not answered. */
  sentTo: string | null;
  refusedBy: string | null;
  /** Whether the write was in flight when a primary died. */
  isSuspect: boolean;
}

/**
 * Keeps the unfinished writes of one shard, in the order in which they arrived, and decides which
 * of them are sent now. A refused write, and a write whose process was lost, is sent again with the
 * same operation id.
 *
 * The writes in flight at the death of a primary are suspects: one of them may have ended the
 * process. Suspects are sent one at a time, oldest first, and no other write is sent at that time.
 * Only a write that was alone in flight at a second death is blamed for it.
 */
export class Resend {
  readonly #writes = new Map<string, UnfinishedWrite>();
  #primary: string | null = null;

  /** How many writes are unfinished. */
  get size(): number {
    return this.#writes.size;
  }

  handle(event: ResendEvent): readonly ResendAction[] {
    const blamed = this.#note(event);
    return [
      ...blamed.map((operationId) => ({ type: "endsProcess", operationId }) as const),
      ...this.#sendDue(),
    ];
  }

  #note(event: ResendEvent): readonly string[] {
    switch (event.type) {
      case "arrived": {
        const { operationId } = event;
        if (this.#writes.has(operationId)) break;
        this.#writes.set(operationId, {
          operationId,
          sentTo: null,
          refusedBy: null,
          isSuspect: false,
        });
        break;
      }
      case "primary":
        this.#primary = event.processId;
        break;
      case "finished":
        this.#writes.delete(event.operationId);
        break;
      case "refused":
        this.#noteRefused(event.operationId, event.processId);
        break;
      case "again":
        for (const write of this.#writes.values()) write.refusedBy = null;
        break;
      case "lost":
        return this.#noteLost(event.processId, event.bySupervisor);
    }
    return [];
  }

  #noteRefused(operationId: string, processId: string): void {
    const write = this.#writes.get(operationId);
    if (write?.sentTo !== processId) return;
    write.sentTo = null;
    write.refusedBy = processId;
  }

  #noteLost(processId: string, bySupervisor: boolean): readonly string[] {
    if (this.#primary === processId) this.#primary = null;
    const inFlight = [...this.#writes.values()].filter((write) => write.sentTo === processId);
    const [only] = inFlight;
    for (const write of inFlight) write.sentTo = null;
    if (bySupervisor) return [];
    if (only && inFlight.length === 1 && only.isSuspect) {
      this.#writes.delete(only.operationId);
      return [only.operationId];
    }
    for (const write of inFlight) write.isSuspect = true;
    return [];
  }

  #sendDue(): readonly ResendAction[] {
    const to = this.#primary;
    if (to === null) return [];
    const due = this.#findDue().filter((write) => write.sentTo === null && write.refusedBy !== to);
    for (const write of due) write.sentTo = to;
    return due.map(({ operationId }) => ({ type: "send", operationId, to }));
  }

  /**
   * Without suspects, returns all writes. Otherwise returns the oldest suspect if no other write is
   * in flight, else nothing.
   */
  #findDue(): readonly UnfinishedWrite[] {
    const writes = [...this.#writes.values()];
    const suspect = writes.find((write) => write.isSuspect);
    if (!suspect) return writes;
    const isAlone = writes.every((write) => write === suspect || write.sentTo === null);
    return isAlone ? [suspect] : [];
  }
}
