import { JflowError, toJflowError } from "../../util/errors.ts";
import { remainingMs } from "../routing/deadline.ts";
import { nameShard, type ShardCall, type ShardReply } from "../routing/shard-call.ts";
import { REPLICA_WAIT_MS } from "../../util/limits/requests.ts";

/** A write without an answer: its caller, the caller's deadline, and the last failure. */
export class PendingWrite {
  readonly operationId: string;
  readonly call: ShardCall;
  /** The promise that the caller waits for. */
  readonly reply: Promise<ShardReply>;
  /** Whether a process has the write and has not answered. */
  isSent = false;
  /** Whether a process that had the write was lost. */
  wasLost = false;
  #reason: string | undefined;
  #isOverdue = false;
  #timer: NodeJS.Timeout | undefined;
  #resolve!: (reply: ShardReply) => void;
  #reject!: (error: JflowError) => void;
  readonly #onGiveUp: (write: PendingWrite) => void;

  constructor(operationId: string, call: ShardCall, onGiveUp: (write: PendingWrite) => void) {
    this.operationId = operationId;
    this.call = call;
    this.reply = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#onGiveUp = onGiveUp;
    call.caller.signal.addEventListener("abort", this.#abort);
    this.#startWaiting();
  }

  /** Notes that the process that had the write is gone, or refused the write. */
  setBack(error: unknown, isLost: boolean): void {
    this.isSent = false;
    this.#reason = toJflowError(error).message;
    if (isLost) {
      this.wasLost = true;
      this.#startWaiting();
    } else if (this.#isOverdue) this.#giveUp();
  }

  resolve(reply: ShardReply): void {
    this.#stop();
    this.#resolve(reply);
  }

  reject(error: unknown): void {
    this.#stop();
    this.#reject(toJflowError(error));
  }

  #startWaiting(): void {
    clearTimeout(this.#timer);
    this.#isOverdue = false;
    const { deadlineMs } = this.call.caller;
    const leftMs =
      deadlineMs === undefined
        ? REPLICA_WAIT_MS
        : Math.min(REPLICA_WAIT_MS, deadlineMs - Date.now());
    this.#timer = setTimeout(() => {
      this.#isOverdue = true;
      if (!this.isSent) this.#giveUp();
    }, leftMs);
  }

  #giveUp(): void {
    this.#onGiveUp(this);
    const shard = nameShard(this.call);
    const last = this.#reason === undefined ? "" : ` (last error: ${this.#reason})`;
    try {
      remainingMs(this.call.caller, Date.now());
      this.reject(
        new JflowError(
          "UNAVAILABLE",
          `no primary of ${shard} accepted the write within ${REPLICA_WAIT_MS / 1_000} s${last}`,
        ),
      );
    } catch (error) {
      this.reject(error);
    }
  }

  readonly #abort = (): void => {
    this.#onGiveUp(this);
    this.reject(new JflowError("CANCELLED", "the client cancelled the request or disconnected"));
  };

  #stop(): void {
    clearTimeout(this.#timer);
    this.call.caller.signal.removeEventListener("abort", this.#abort);
  }
}
