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

/** Sends writes to the primary of one shard. `Resend` decides when, and receives every outcome. */
export class ShardWriter {
  readonly #live: LiveTopology;
  readonly #deployment: string;
  readonly #shard: number;
  readonly #resend = new Resend();
  readonly #pending = new Map<string, PendingWrite>();
  /** The writes sent to each process and not answered yet, by process id. */
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
   * Resolves with the answer. A second call with the same operation id waits for the answer of the
   * first. If the first caller cancels or runs out of time, the second call sends the write itself.
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
            `this write probably crashes its executor: the primary of ${nameShard(write.call)} died twice while it had the write, the second time with no other write in flight. jflow does not send the write again. If the write caused both crashes, it was not applied; if not, it may have been`,
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

  /**
   * The process refused the write, or the connection to a living process broke. Unless its caller
   * has given up, the write is sent again after `WRITE_RETRY_MS`, or sooner to a new primary.
   */
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

  /** Removes the write from those that the process has. Returns whether the write was there. */
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

/**
 * Returns if the error only means that the other caller gave up and this caller still waits.
 * Otherwise throws that error, or the error of this caller's own deadline or cancellation.
 */
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
  return replica.call(request, caller);
}
