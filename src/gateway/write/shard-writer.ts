import { JflowError } from "../../util/errors.ts";
import { assertNever } from "../../util/unreachable.ts";
import { connectionLoss } from "../../wire/connection-loss.ts";
import type { LiveReplica } from "../topology/live-replica.ts";
import type { LiveTopology } from "../topology/live-topology.ts";
import { Resend, type ResendAction, type ResendEvent } from "./resend.ts";
import { remainingMs } from "../routing/deadline.ts";
import { PendingWrite } from "./pending-write.ts";
import {
  isUnavailable,
  nameShard,
  type ShardCall,
  type ShardReply,
} from "../routing/shard-call.ts";
import { EXIT_REPORT_MS, WRITE_RETRY_MS } from "../../util/limits/requests.ts";

/** Sends the writes of one shard as `Resend` decides, and reports the outcomes to it. */
export class ShardWriter {
  readonly #live: LiveTopology;
  readonly #deployment: string;
  readonly #shard: number;
  readonly #resend = new Resend();
  readonly #pending = new Map<string, PendingWrite>();
  /** The unanswered writes of each process, by process id. */
  readonly #asked = new Map<string, Set<PendingWrite>>();
  #primary: string | null = null;
  #isAgainDue = false;

  constructor(live: LiveTopology, deployment: string, shard: number) {
    this.#live = live;
    this.#deployment = deployment;
    this.#shard = shard;
    this.followTopology();
  }

  /**
   * Resolves with the answer. A repeat of a write in flight waits for the same answer, and takes
   * over when the caller of that write stops waiting.
   */
  async write(call: ShardCall, operationId: string): Promise<ShardReply> {
    const same = this.#pending.get(operationId);
    if (same) {
      const reply = await same.reply.catch((error: unknown) => hasGivenUp(error, call));
      return reply ?? this.write(call, operationId);
    }
    const write = new PendingWrite(operationId, call, () => this.#forget(operationId));
    this.#pending.set(operationId, write);
    this.#handle({ type: "arrived", operationId });
    return write.reply;
  }

  /** Reads from the topology which process is the primary, and which processes are gone. */
  followTopology(): void {
    for (const processId of this.#asked.keys()) {
      if (!this.#live.isKnown(processId)) this.#noteLost(processId);
    }
    const primary = this.#live.shard(this.#deployment, this.#shard).primary?.processId ?? null;
    if (primary === this.#primary) return;
    this.#primary = primary;
    this.#handle({ type: "primary", processId: primary });
  }

  #handle(event: ResendEvent): void {
    for (const action of this.#resend.handle(event)) this.#act(action);
  }

  #act(action: ResendAction): void {
    const write = this.#pending.get(action.operationId);
    if (!write) return;
    switch (action.type) {
      case "send":
        void this.#send(write, action.to);
        return;
      case "endsProcess":
        this.#pending.delete(action.operationId);
        write.reject(
          new JflowError(
            "EXECUTOR_FAILED",
            `this write ends the process: ${nameShard(write.call)} died twice while it applied the write, the second time with no other write in flight. The write was not applied, unless something else killed the process`,
          ),
        );
        return;
      default:
        assertNever(action);
    }
  }

  async #send(write: PendingWrite, processId: string): Promise<void> {
    const replica = this.#live.shard(this.#deployment, this.#shard).primary;
    const asked = this.#asked.get(processId) ?? new Set();
    this.#asked.set(processId, asked.add(write));
    write.isSent = true;
    try {
      if (replica?.processId !== processId)
        throw new JflowError("UNAVAILABLE", "the replica is no longer the primary");
      const reply = await askPrimary(replica, write);
      this.#release(write, processId);
      this.#forget(write.operationId);
      write.resolve({ reply, address: replica.address });
    } catch (error) {
      this.#noteFailure(write, processId, error);
    }
  }

  #noteFailure(write: PendingWrite, processId: string, error: unknown): void {
    if (!this.#asked.get(processId)?.has(write)) return;
    if (connectionLoss(error) === "maybe" && this.#live.isKnown(processId)) {
      setTimeout(() => this.#setBack(write, processId, error), EXIT_REPORT_MS);
    } else if (isUnavailable(error)) this.#setBack(write, processId, error);
    else {
      this.#release(write, processId);
      this.#forget(write.operationId);
      write.reject(error);
    }
  }

  /** Notes that the process refused the write, or that its connection broke while it lives on. */
  #setBack(write: PendingWrite, processId: string, error: unknown): void {
    if (!this.#release(write, processId)) return;
    write.setBack(error, false);
    this.#handle({ type: "refused", operationId: write.operationId, processId });
    if (this.#isAgainDue) return;
    this.#isAgainDue = true;
    setTimeout(() => {
      this.#isAgainDue = false;
      this.#handle({ type: "again" });
    }, WRITE_RETRY_MS);
  }

  #noteLost(processId: string): void {
    const error = new JflowError(
      "UNAVAILABLE",
      `the primary of ${this.#deployment}/${this.#shard} exited`,
    );
    for (const write of this.#asked.get(processId) ?? []) write.setBack(error, true);
    this.#asked.delete(processId);
    const bySupervisor = this.#live.facts.killed.has(processId);
    this.#handle({ type: "lost", processId, bySupervisor });
  }

  /** Returns whether the process still had the write. */
  #release(write: PendingWrite, processId: string): boolean {
    const asked = this.#asked.get(processId);
    const had = asked?.delete(write) ?? false;
    if (asked?.size === 0) this.#asked.delete(processId);
    return had;
  }

  #forget(operationId: string): void {
    this.#pending.delete(operationId);
    this.#handle({ type: "finished", operationId });
  }
}

/** Throws the error, unless another caller stopped waiting and this one still waits. */
function hasGivenUp(error: unknown, { caller }: ShardCall): undefined {
  const isTheirs =
    error instanceof JflowError &&
    (error.code === "CANCELLED" || error.code === "DEADLINE_EXCEEDED");
  if (!isTheirs) throw error;
  remainingMs(caller, Date.now());
}

async function askPrimary(
  replica: LiveReplica,
  write: PendingWrite,
): ReturnType<LiveReplica["call"]> {
  const { endpoint, requests, caller } = write.call;
  const timeoutMs = remainingMs(caller, Date.now());
  const request = {
    endpoint,
    requests,
    operationId: write.operationId,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(write.wasLost ? { alone: true } : {}),
  };
  return replica.call(request, caller.signal);
}
