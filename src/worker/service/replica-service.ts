import type { CopyReport, Inspection } from "../../model/control.ts";
import type { JflowError } from "../../util/errors.ts";
import type { CopyNotice, CopyCommand } from "../../replication/replication.ts";
import type { WorkerReply, WorkerRequest } from "../../wire/exchange/messages.ts";
import type { ReplicationHandlers } from "../../wire/replication/replication-link.ts";

/**
 * What a worker does with its executor: answered at once, or, where state is kept, by way of the
 * shard's log.
 */
export interface ReplicaService {
  /**
   * An executor's exception is an answer; rejects only for what is not the executor's: a malformed
   * request, a copy that cannot take it now.
   */
  handle(request: WorkerRequest, signal: AbortSignal): Promise<WorkerReply>;
  /** Documents held, or null where the executor does not say. */
  countDocuments(): number | null;
  /** For `jflow verify`. */
  inspect(): Promise<Inspection>;
  /**
   * Called when no request is in flight and none will come: saves what has to be saved and lets go
   * of it.
   */
  close(): Promise<void>;
  /** A stateful worker's part in its shard. */
  readonly copy?: CopyService;
}

/** What only a stateful worker has. */
export interface CopyService {
  readonly copyId: string;
  /** Holds no record and no snapshot. */
  readonly isEmpty: boolean;
  readonly handlers: ReplicationHandlers;
  report(): CopyReport;
  /**
   * The shard is to know where this process listens (`host:port`), and may talk to it from now on.
   */
  listenAt(target: string): void;
  /** A message of the supervisor's master. */
  command(command: CopyCommand): void;
}

/** What a service tells the worker that runs it. */
export interface ServiceEvents {
  /** A method threw; the answer is on its way. */
  threw(error: JflowError): void;
  /**
   * Documents or the read rotation changed so much that the supervisor should know before the next
   * heartbeat.
   */
  changed(): void;
  /** A message to the supervisor's master. */
  notifyMaster(notice: CopyNotice): void;
  /** A sentence for the user. */
  notice(text: string): void;
  /** The process must end: `code` is its exit code. */
  fatal(code: number, message: string): void;
}
