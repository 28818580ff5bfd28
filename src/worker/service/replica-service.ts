import type { CopyTask } from "../../model/shard/backup.ts";
import type { Position } from "../../model/shard/log.ts";
import type { Cancellation } from "../../wire/cancellation.ts";
import type { Inspection } from "../../model/control/messages.ts";
import type { CopyReport } from "../../model/shard/copy-report.ts";
import type { JflowError } from "../../util/errors.ts";
import type { CopyNotice, CopyCommand } from "../../replication/replication.ts";
import type { WorkerReply, WorkerRequest } from "../../wire/exchange/messages.ts";
import type { ReplicationHandlers } from "../../wire/replication/replication-link.ts";

/**
 * Answers the requests of a replica: at once, or through the log of the shard if the executor keeps
 * state.
 */
export interface ReplicaService {
  /**
   * Resolves with an answer even if the executor throws. Rejects if the request is malformed or the
   * copy cannot take it now.
   */
  handle(request: WorkerRequest, signal: Cancellation): Promise<WorkerReply>;
  /** Runs the requests that wait for others now. Called when no further request comes. */
  finishWaiting?(): void;
  /** The number of stored documents, or null if the executor does not report it. */
  countDocuments(): number | null;
  /** Returns what `jflow verify` compares. */
  inspect(): Promise<Inspection>;
  /**
   * Saves the state and releases it. Called after the last request. `isBrief`: without a last
   * snapshot.
   */
  close(isBrief?: boolean): Promise<void>;
  /** The part of a stateful worker in its shard. */
  readonly copy?: CopyService;
}

/** The part of a service that only a stateful worker has. */
export interface CopyService {
  readonly copyId: string;
  /** Whether the copy holds no record and no snapshot. */
  readonly isEmpty: boolean;
  readonly handlers: ReplicationHandlers;
  report(): CopyReport;
  /**
   * Announces the address of this process (`host:port`). From now on the other copies may connect.
   */
  listenAt(target: string): void;
  /**
   * Carries out a task of the supervisor. Returns the last write in a backup, or the write of a
   * restore. Rejects with `UNAVAILABLE` if a restore needs another copy.
   */
  carryOut(task: CopyTask): Promise<Position>;
  /** Performs a command of the shard master. */
  command(command: CopyCommand): void;
}

/** The events of a service, for the worker that runs it. */
export interface ServiceEvents {
  /** A method threw. The answer has been sent. */
  threw(error: JflowError): void;
  /**
   * The document count or the read rotation changed, so the supervisor should know before the next
   * heartbeat.
   */
  changed(): void;
  /** A message to the shard master. */
  notifyMaster(notice: CopyNotice): void;
  /** A message for the user. */
  notice(text: string): void;
  /** The process must end with exit code `code`. */
  fatal(code: number, message: string): void;
}
