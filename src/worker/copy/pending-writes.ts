import type { OperationId, Outcome } from "../../model/shard/log.ts";
import { JflowError } from "../../util/errors.ts";
import type { CopyAction, CopyEvent, Ticket } from "../../replication/replication.ts";
import type { WorkerReply, WorkerRequest } from "../../wire/exchange/messages.ts";
import type { ExecutorCall } from "../executor/executor-call.ts";
import { toErrorReply, toReply, type Answerer } from "../executor/replies.ts";
import { repeatAnswer } from "../executor/results.ts";
import type { RunEnd } from "./apply-queue.ts";
import { RecentResults } from "./recent-results.ts";
import { PayloadHandle } from "../disk/payload-handle.ts";
import { encodeWrite, type WriteRequest } from "../disk/write-payload.ts";
import { MAX_WAITING_WRITE_BYTES } from "../../util/limits/shards.ts";

/** The approximate size of a record in the log, without its payload and operation id. */
const RECORD_OVERHEAD_BYTES = 64;

/** A write that has arrived and is not answered. */
export interface UnansweredWrite {
  readonly operationId: string;
  readonly call: ExecutorCall;
  readonly bytes: number;
  readonly resolve: (reply: WorkerReply) => void;
  readonly reject: (error: JflowError) => void;
  /** The answer, for when the write is safe. Set once the write has run here. */
  reply?: WorkerReply;
  /** Set if the write threw here. */
  thrown?: JflowError;
}

/** Returns the approximate size of the record of a write. */
export function recordBytesOf(request: WorkerRequest): number {
  const bytes = request.requests.reduce((sum, one) => sum + one.length, request.endpoint.length);
  return bytes + (request.operationId?.length ?? 0) + RECORD_OVERHEAD_BYTES;
}

/** The writes that wait for their answer, by ticket. */
export class PendingWrites {
  readonly #answerer: Answerer;
  readonly #onThrew: (error: JflowError) => void;
  readonly #results = new RecentResults();
  readonly #waiting = new Map<Ticket, UnansweredWrite>();
  #lastTicket = 0;
  #waitingBytes = 0;

  /** `onThrew` receives an exception once its caller has been answered. */
  constructor(answerer: Answerer, onThrew: (error: JflowError) => void) {
    this.#answerer = answerer;
    this.#onThrew = onThrew;
  }

  /**
   * Adds a write and passes it on as an event. Rejects with `RESOURCE_EXHAUSTED` if too many bytes
   * wait, and with `UNAVAILABLE` if the copy refuses the write.
   */
  submit(
    write: { operationId: string; call: ExecutorCall; request: WriteRequest },
    emit: (event: CopyEvent<PayloadHandle>) => void,
  ): Promise<WorkerReply> {
    const { operationId, call, request } = write;
    const bytes = recordBytesOf(request);
    if (this.#waiting.size > 0 && this.#waitingBytes + bytes > MAX_WAITING_WRITE_BYTES) {
      throw new JflowError(
        "RESOURCE_EXHAUSTED",
        `${this.#waiting.size} writes wait to be acknowledged: send the write again later`,
      );
    }
    this.#lastTicket += 1;
    const ticket = this.#lastTicket;
    return new Promise((resolve, reject) => {
      this.#waiting.set(ticket, {
        operationId,
        call,
        bytes,
        resolve,
        reject,
      });
      this.#waitingBytes += bytes;
      const payload = new PayloadHandle(encodeWrite(request));
      emit({ type: "write", operationId, ticket, bytes, payload });
    });
  }

  /** Returns the write of a ticket that is to run. */
  find(ticket: Ticket): UnansweredWrite {
    const write = this.#waiting.get(ticket);
    if (write === undefined) throw new Error(`no write waits under ticket ${ticket}`);
    return write;
  }

  /** A write has run. Its caller is answered only when the write is acknowledged. */
  noteRan(write: UnansweredWrite, ran: RunEnd): void {
    this.noteApplied(write.operationId, ran);
    write.reply = toReply(write.call, ran.end, this.#answerer);
    if (ran.end.kind === "threw") write.thrown = ran.end.error;
  }

  /** A record of the log was applied. Its write may be sent again, once this copy is primary. */
  noteApplied(operationId: OperationId, { end }: RunEnd): void {
    this.#results.note(operationId, end);
  }

  /**
   * Answers the write that ran with its result. Answers a repeated call with its own documents and
   * the outcome of the first call, and its result if this copy remembers the result.
   */
  acknowledge(action: Extract<CopyAction, { type: "acknowledge" }>): void {
    for (const ticket of action.tickets) {
      const write = this.#take(ticket);
      if (write === undefined) continue;
      const reply = write.reply ?? this.#replyToRepeat(write, action.outcome);
      write.resolve({ ...reply, copies: action.copies });
      if (write.thrown !== undefined) this.#onThrew(write.thrown);
    }
  }

  refuse(ticket: Ticket, reason: string): void {
    this.#take(ticket)?.reject(new JflowError("UNAVAILABLE", reason));
  }

  /** Refuses every waiting write. Called when the process is about to end. */
  refuseAll(reason: string): void {
    for (const ticket of this.#waiting.keys()) this.refuse(ticket, reason);
  }

  #replyToRepeat({ call, operationId }: UnansweredWrite, outcome: Outcome): WorkerReply {
    if (outcome.kind === "done") {
      const result = this.#results.find(operationId);
      return { response: repeatAnswer(call, this.#answerer.place, result), isError: false };
    }
    const exception = {
      name: "",
      args: [outcome.error],
      stacks: [],
      executor: this.#answerer.executor,
    };
    return toErrorReply(call, new JflowError("EXECUTOR_FAILED", outcome.error, { exception }));
  }

  #take(ticket: Ticket): UnansweredWrite | undefined {
    const write = this.#waiting.get(ticket);
    if (write === undefined) return undefined;
    this.#waiting.delete(ticket);
    this.#waitingBytes -= write.bytes;
    return write;
  }
}
