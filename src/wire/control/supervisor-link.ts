import type {
  ChildCommand,
  ChildReport,
  ControlAnswer,
  ControlRequest,
} from "../../model/control/messages.ts";
import type { ChildMessage, ChildSpec } from "../../model/replica.ts";
import type { Topology } from "../../model/topology.ts";
import type { MessageChannel } from "../message-channel.ts";

/** The two-way channel of a registered process: commands arrive, reports leave. */
export type SupervisorSession = MessageChannel<ChildReport, ChildCommand>;

/** Which process a session belongs to. */
export interface Registration {
  readonly processId: string;
  /** `indexer/1/0`, or `gateway/0/0`. */
  readonly address: string;
}

/**
 * The link between a worker or a gateway and its supervisor. A process learns about the supervisor
 * only through this interface. On one machine the link is IPC and a Unix socket
 * (`LocalSupervisorLink`). An implementation over the network reads the spec from a mounted file,
 * sends the answer and registers over gRPC with mutual TLS, and watches the topology.
 */
export interface SupervisorLink<Spec extends ChildSpec> {
  /** The spec of this process. Never rejects: without a supervisor, the process waits. */
  readonly spec: Promise<Spec>;
  /**
   * Sends the one answer to the spec: the process serves, has failed to start, or has done its
   * task. Resolves once the message has left this process, or when the supervisor is gone.
   */
  answer(message: ChildMessage): Promise<void>;
  /**
   * Opens the session of this process and sends `register` as its first report. Throws
   * `INVALID_ARGUMENT` if the supervisor's address cannot be used.
   */
  register(identity: Registration): Promise<SupervisorSession>;
  /** Calls `listener` with the whole topology, now and each time it changes. */
  follow(listener: (topology: Topology) => void): Promise<void>;
  /** Rejects with `UNAVAILABLE` or `DEADLINE_EXCEEDED` if the supervisor does not answer. */
  ask(request: ControlRequest, timeoutMs: number): Promise<ControlAnswer>;
  /**
   * Calls `listener` when the supervisor is gone for good, whether or not a session is open. A
   * session that ends while the process drains is no such loss: `onClosed` of the session reports
   * it.
   */
  onLost(listener: () => void): void;
  /** Closes the session and the topology stream. Reports sent before still leave. */
  close(): Promise<void>;
}
