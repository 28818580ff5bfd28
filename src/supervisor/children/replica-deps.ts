import type { GatewayHello, WorkerHello } from "../../model/replica.ts";
import type { ExitContext } from "../decide/lifecycle/lifecycle-events.ts";
import type { Exit } from "../decide/lifecycle/replica-state.ts";
import type { ChildRegister } from "../disk/child-register.ts";
import type { OutputFile } from "../disk/output-file.ts";
import type { ReplicaProcess } from "./replica-process.ts";

/** Receives the events of a replica. */
export interface ReplicaListener {
  /** The state has changed. */
  changed(replica: ReplicaProcess): void;
  started(replica: ReplicaProcess, processId: string): void;
  /** The process has sent its hello and registered. From now on it receives commands. */
  introduced(replica: ReplicaProcess, hello: WorkerHello | GatewayHello): void;
  wrote(replica: ReplicaProcess, stream: "stdout" | "stderr", text: string): void;
  /** A signal stopped the process (SIGSTOP). */
  foundStopped(replica: ReplicaProcess): void;
  /** The process is gone. `state` is still the state before the exit. */
  exited(replica: ReplicaProcess, processId: string, exit: Exit): void;
  exitContext(replica: ReplicaProcess): Pick<ExitContext, "isFlowStopping" | "leaderless">;
}

export interface ReplicaDeps {
  readonly register: ChildRegister;
  readonly output: OutputFile;
  readonly listener: ReplicaListener;
  now(): number;
  /** Returns a number from 0 to 1. */
  random(): number;
}

/** The end of the last process. */
export interface LastExit extends Exit {
  readonly at: string;
  readonly tail: readonly string[];
  /** Why the supervisor ended the process by itself. */
  readonly reason?: string;
}
